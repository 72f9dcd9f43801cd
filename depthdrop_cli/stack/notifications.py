"""A queue of one's own that receives the stack's notifications, for as long as it is needed."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from typing import Any

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack

_WAIT_SECONDS = 5  # of one call; the client gives up after ten
_WAITS = 12
_KEPT_SECONDS = 3600  # of messages, should the queue be left behind


def event_of(queue_url: str, key: str) -> dict[str, Any] | None:
    """The event about this picture among all that come; None when it did not come within a minute."""
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
    """The URL of a queue with every event of the stack from here on; it and its subscription go on exit."""
    sqs, sns = aws.sqs(), aws.sns()
    topic = stack.resource("Notifications")
    name = f"{stack.name[:60]}-smoke-{secrets.token_hex(4)}"
    queue = f"{topic.rpartition(':')[0]}:{name}".replace(":sns:", ":sqs:", 1)  # its ARN: same region and account
    url = sqs.create_queue(
        QueueName=name,
        Attributes={
            "MessageRetentionPeriod": str(_KEPT_SECONDS),
            "SqsManagedSseEnabled": "true",
            # From the first moment: a change takes up to a minute, and SNS does not try again what it may not send.
            "Policy": only_from(topic, queue),
        },
    )["QueueUrl"]
    with contextlib.ExitStack() as left:
        left.callback(sqs.delete_queue, QueueUrl=url)
        subscribed = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )
        left.callback(sns.unsubscribe, SubscriptionArn=subscribed["SubscriptionArn"])
        yield url


def only_from(topic: str, queue: str) -> str:
    """The policy of a queue that this topic may send to, and nobody else. Both by ARN."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
