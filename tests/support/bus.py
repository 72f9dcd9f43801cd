"""An EventBridge bus in moto that the stack mirrors to, and a queue that receives what is put on it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from depthdrop import aws
from tests.support.aws import Stack

NAME = "owners-bus"
_QUEUE = "BusQueue"


class Bus:
    """Parameter EventBusName is set; `received` returns what came since its last call."""

    def __init__(self, stack: Stack) -> None:
        stack.names["EventBusName"] = NAME
        self._url: str = aws.sqs().create_queue(QueueName=_QUEUE)["QueueUrl"]

    def received(self) -> list[dict[str, Any]]:
        got = aws.sqs().receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            aws.sqs().delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in got]

    def ids(self) -> set[str]:
        return {one["detail"]["id"] for one in self.received()}


@pytest.fixture
def bus(stack: Stack) -> Iterator[Bus]:
    made = Bus(stack)
    queue = aws.sqs().get_queue_attributes(QueueUrl=made._url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    aws.events().create_event_bus(Name=NAME)
    pattern = json.dumps({"source": ["depthdrop/depthdrop"]})
    aws.events().put_rule(Name="all", EventBusName=NAME, EventPattern=pattern)
    aws.events().put_targets(Rule="all", EventBusName=NAME, Targets=[{"Id": "queue", "Arn": queue}])
    yield made
    aws.events().remove_targets(Rule="all", EventBusName=NAME, Ids=["queue"])
    aws.events().delete_rule(Name="all", EventBusName=NAME)
    aws.events().delete_event_bus(Name=NAME)
