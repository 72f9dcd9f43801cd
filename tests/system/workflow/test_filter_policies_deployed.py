"""The filter policies of docs/events.md, on the emulator's topic as the template makes it."""

import json
from typing import Any

import pytest

from depthdrop.notices.publish import Notices
from local.stack.stack import LocalStack
from tests.system.workflow.executions import queue_of, until
from tests.unit.notices.filter_policies import EVERY_POLICY, announced_events, names_of

pytestmark = pytest.mark.sockets

SOURCE = "depthdrop/filters"


def test_each_consumer_gets_exactly_what_its_policy_asks_for(stack: LocalStack) -> None:
    emulator, topic = stack.emulator, stack.outputs["NotificationsTopicArn"]
    filtered = [queue_of(emulator, topic, f"filtered-{n}", policy) for n, (policy, _) in enumerate(EVERY_POLICY)]
    everything = queue_of(emulator, topic, "everything")  # subscribed last: what it has, the others have been given
    for event in announced_events(SOURCE).values():
        Notices(topic, emulator.client("sns")).publish(event)
    received: dict[str, list[dict[str, Any]]] = {url: [] for url in (*filtered, everything)}

    def listen(url: str) -> list[str]:
        sqs = emulator.client("sqs")
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            received[url].append(json.loads(json.loads(message["Body"])["Message"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return names_of(SOURCE, received[url])

    until(lambda: listen(everything) == sorted(announced_events(SOURCE)) or None, "every event")

    assert [listen(url) for url in filtered] == [sorted(wanted) for _, wanted in EVERY_POLICY]
