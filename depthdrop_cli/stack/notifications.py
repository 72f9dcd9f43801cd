"""A temporary queue that receives the stack's notifications."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from typing import Any

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack

_WAIT_SECONDS = 5  # per call; the client times out after ten
_WAITS = 12
_KEPT_SECONDS = 3600  # for messages, in case the queue is not deleted


def event_of(queue_url: str, key: str) -> dict[str, Any] | None:
    """The event about this picture; None if it does not arrive within a minute."""
    sqs = aws.sqs()
    for _ in range(_WAITS):
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=_WAIT_SECONDS)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            event: dict[str, Any] = json.loads(message["Body"])
            if event["subject"] == key:
                return event
    return None


@contextlib.contextmanager
def notifications(stack: OperatorStack) -> Iterator[str]:
    """The URL of a queue that receives every event of the stack; deleted with its subscription on exit."""
    sqs, sns = aws.sqs(), aws.sns()
    topic = stack.resource("Notifications")
    name = f"{stack.name[:60]}-smoke-{secrets.token_hex(4)}"
    queue = f"{topic.rpartition(':')[0]}:{name}".replace(":sns:", ":sqs:", 1)  # its ARN: same region and account
    url = sqs.create_queue(
        QueueName=name,
        Attributes={
            "MessageRetentionPeriod": str(_KEPT_SECONDS),
            "SqsManagedSseEnabled": "true",
            # Set at creation: a later change takes up to a minute, and SNS does not retry what it may not send.
            "Policy": policy_for_topic(topic, queue),
        },
    )["QueueUrl"]
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(sqs.delete_queue, QueueUrl=url)
        answer = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )
        cleanup.callback(sns.unsubscribe, SubscriptionArn=answer["SubscriptionArn"])
        yield url


def policy_for_topic(topic: str, queue: str) -> str:
    """The policy of a queue that only this topic may send to. Both are ARNs."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
