"""Who wants only failures, one folder or one model gets exactly those, by the policies that the page shows."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from depthdrop import aws
from depthdrop.notices import publish
from depthdrop.notices.events import Event
from depthdrop.notices.publish import Notices
from tests.support.aws import Stack
from tests.unit.notices.filter_policies import EVERY_POLICY, FAILURES, announced_events, commanded, names_of, shown


def received(stack: Stack, policy: Mapping[str, Any]) -> list[str]:
    """What a consumer with this policy gets of everything that is published."""
    sns, sqs, topic = aws.sns(), aws.sqs(), stack.names["Notifications"]
    url = sqs.create_queue(QueueName="consumer")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"FilterPolicy": json.dumps(policy)}
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    for event in announced_events("test").values():
        Notices(topic, sns).publish(event)
    messages = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in got:
            messages.append(json.loads(json.loads(message["Body"])["Message"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)
    return names_of("test", messages)


@pytest.mark.parametrize(("policy", "wanted"), EVERY_POLICY, ids=lambda one: json.dumps(one, default=len))
def test_a_consumer_gets_exactly_what_its_policy_asks_for(
    stack: Stack, policy: dict[str, Any], wanted: set[str]
) -> None:
    assert received(stack, policy) == sorted(wanted)


def test_without_a_policy_everything_comes(stack: Stack) -> None:
    assert received(stack, {}) == sorted(announced_events("test"))


def test_the_command_on_the_page_sets_a_policy_of_the_page() -> None:
    assert commanded() in shown()


def test_an_attribute_that_says_something_else_is_missed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = publish.attributes_of

    def mistaken(event: Event) -> dict[str, str]:
        return {**attributes(event), "status": "succeeded"}

    monkeypatch.setattr(publish, "attributes_of", mistaken)

    assert received(stack, EVERY_POLICY[0][0]) != sorted(FAILURES)


def test_a_policy_of_the_page_keeps_to_the_limits_of_sns() -> None:
    """At most five names, and 150 combinations of values."""
    for policy in shown():
        combinations = 1
        for values in policy.values():
            combinations *= len(values)
        assert (len(policy) <= 5, combinations <= 150) == (True, True)
