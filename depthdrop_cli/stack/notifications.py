"""A queue of one's own that hears the stack's notifications, for as long as somebody listens."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack

_WAIT_SECONDS = 5  # of one call; the client gives up after ten
_KEPT_SECONDS = 3600  # of messages, should the queue be left behind


@dataclass(slots=True)
class Ear:
    """Keeps what it has heard: events come in any order."""

    queue_url: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    def event_of(self, key: str) -> dict[str, Any] | None:
        """The event about this picture, or None when none came in a while."""
        return self._among(key) or self._listened(key)

    def _among(self, key: str) -> dict[str, Any] | None:
        return next((event for event in self.heard if event["subject"] == key), None)

    def _listened(self, key: str) -> dict[str, Any] | None:
        answer = aws.sqs().receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=_WAIT_SECONDS
        )
        for message in answer.get("Messages", []):
            self.heard.append(json.loads(message["Body"]))
            aws.sqs().delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return self._among(key)


@contextlib.contextmanager
def hearing(stack: OperatorStack) -> Iterator[Ear]:
    """From here on every event of the stack; the queue and its subscription go on exit."""
    sqs, sns = aws.sqs(), aws.sns()
    topic = stack.resource("Notifications")
    name = f"{stack.name[:60]}-smoke-{secrets.token_hex(4)}"
    queue = _beside(topic, name)
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
        yield Ear(url)


def _beside(topic: str, name: str) -> str:
    """The ARN of a queue in the topic's region and account."""
    _, partition, _, region, account, _ = topic.split(":")
    return f"arn:{partition}:sqs:{region}:{account}:{name}"


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
