"""How events and alarms reach people and programs: with everything switched on that the template offers for it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.fake_upstream import Settings
from local.stack import LocalStack, Options, local_stack

pytestmark = pytest.mark.sockets

PARAMETERS = {"LingerSeconds": "3", "WebhookUrl": "https://127.0.0.1:9/sns"}  # nobody listens there


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack(Options(upstream=Settings(speed=30), parameters=PARAMETERS)) as running:
        yield running


def heard(stack: LocalStack, name: str) -> str:
    """A queue of this name that anybody may send to; its ARN."""
    sqs = stack.emulator.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return arn


def next_message(stack: LocalStack, name: str) -> dict[str, Any]:
    sqs = stack.emulator.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    body: dict[str, Any] = json.loads(message["Body"])
    return body


def test_every_alarm_that_rings_is_heard_on_the_alarms_topic(stack: LocalStack) -> None:
    """The emulator runs an alarm's actions; whether policies and key would let them, it does not ask."""
    topic = stack.deployed.alarms_topic_arn
    stack.emulator.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard(stack, "alarms"))
    cloudwatch = stack.emulator.client("cloudwatch")
    alarms = [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    told = []
    for name in alarms:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
        told.append(json.loads(next_message(stack, "alarms")["Message"]))

    assert any("WebhookDeadLetters" in name for name in alarms)
    assert [one["AlarmName"] for one in told] == alarms
    assert all(one["NewStateValue"] == "ALARM" and one["AlarmDescription"] for one in told)


def test_the_webhook_is_subscribed_by_the_deployment(stack: LocalStack) -> None:
    sns = stack.emulator.client("sns")
    listed = sns.list_subscriptions_by_topic(TopicArn=stack.deployed.topic_arn)["Subscriptions"]
    found = [one for one in listed if one["Protocol"] == "https"]

    assert [one["Endpoint"] for one in found] == [PARAMETERS["WebhookUrl"]]
