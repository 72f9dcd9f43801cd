"""How events and alarms reach people and programs: with everything switched on that the template offers for it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.fake_upstream import Settings
from local.stack.stack import LocalStack, Options, local_stack
from tests.system.e2e.remembered import TEMPLE, eventually
from tests.system.workflow.executions import until

pytestmark = pytest.mark.sockets

PARAMETERS = {
    "LingerSeconds": "3",
    "WebhookUrl": "https://127.0.0.1:9/sns",  # nobody listens there
    "EventBusName": "default",
    "DownloadLinkHours": "6",
}
KEY = "links/für Jürgen.jpg"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack(Options(upstream=Settings(speed=30, link_seconds=30_000), parameters=PARAMETERS)) as running:
        yield running


def queue_arn(stack: LocalStack, name: str) -> str:
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

    def look() -> dict[str, Any] | None:
        return next(iter(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])), None)

    message = until(look, f"a message in {name}")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    body: dict[str, Any] = json.loads(message["Body"])
    return body


def test_every_alarm_that_rings_is_published_on_the_alarms_topic(stack: LocalStack) -> None:
    """The emulator runs an alarm's actions; whether policies and key would let them, it does not ask."""
    topic = stack.outputs["AlarmsTopicArn"]
    stack.emulator.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn(stack, "alarms"))
    cloudwatch = stack.emulator.client("cloudwatch")
    alarms = [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    for name in alarms:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    sent: dict[str, dict[str, Any]] = {}
    while len(sent) < len(alarms):  # one that does not come ends the test
        one = json.loads(next_message(stack, "alarms")["Message"])
        sent[one["AlarmName"]] = one

    assert any("WebhookDeadLetters" in name for name in alarms)
    assert sent.keys() == set(alarms)
    assert all(one["NewStateValue"] == "ALARM" and one["AlarmDescription"] for one in sent.values())


def test_the_webhook_is_subscribed_by_the_deployment(stack: LocalStack) -> None:
    sns = stack.emulator.client("sns")
    listed = sns.list_subscriptions_by_topic(TopicArn=stack.outputs["NotificationsTopicArn"])["Subscriptions"]
    found = [one for one in listed if one["Protocol"] == "https"]

    assert [one["Endpoint"] for one in found] == [PARAMETERS["WebhookUrl"]]


@pytest.fixture(scope="module")
def both_events(stack: LocalStack) -> tuple[dict[str, Any], dict[str, Any]]:
    """One edit's event of success, as the topic and as the bus have it. Either may have it more than once."""
    pattern = json.dumps({"source": [{"prefix": "depthdrop/"}], "detail-type": ["depthdrop.edit.succeeded.v1"]})
    events = stack.emulator.client("events")
    events.put_rule(Name="everything", EventPattern=pattern)
    events.put_targets(Rule="everything", Targets=[{"Id": "queue", "Arn": queue_arn(stack, "bus")}])
    stack.put(KEY, TEMPLE)
    stack.put(f"{KEY}.txt", b"a fresco")
    on_bus = next_message(stack, "bus")
    found: list[dict[str, Any]] = []

    def has_come() -> bool:
        found.extend(notice["event"] for notice in stack.notices())
        return on_bus["detail"] in found

    assert eventually(has_come), found
    return found[found.index(on_bus["detail"])], on_bus


def test_the_bus_has_the_same_event_as_the_topic(both_events: tuple[dict[str, Any], dict[str, Any]]) -> None:
    event, on_bus = both_events

    assert on_bus["detail"] == event
    assert (on_bus["source"], on_bus["detail-type"]) == (event["source"], "depthdrop.edit.succeeded.v1")


def test_a_reader_of_the_event_fetches_the_picture_without_an_account(
    stack: LocalStack, both_events: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    data = both_events[0]["data"]
    fetched = httpx.get(data["download"]["url"], trust_env=False, timeout=240)

    assert fetched.status_code == 200
    assert fetched.content == stack.result(data["result"]["key"])
    assert len(fetched.content) == data["result"]["bytes"]
    assert "filename*=UTF-8''f%C3%BCr%20J%C3%BCrgen-" in fetched.headers["content-disposition"]


def test_the_link_is_in_no_record_no_object_and_no_log(
    stack: LocalStack, both_events: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    objects = [stack.result(key) for key in stack.outbox()]

    assert "X-Amz-Signature" in both_events[0]["data"]["download"]["url"]
    assert "X-Amz-" not in json.dumps(stack.records(""), default=str)
    assert not any(b"X-Amz-" in content for content in objects)
    assert eventually(lambda: both_events[0]["id"] in stack.logs())  # logged after it is published
    assert "X-Amz-" not in stack.logs()
