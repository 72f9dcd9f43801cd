"""A drop that submit falls over each time, on the real queue: dead letters, an alarm, a word to its owner."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from local.fake_upstream import Settings
from local.stack.stack import Options, local_stack
from tests.system.trouble.crowd import Crowd

pytestmark = pytest.mark.sockets

OTHERS = 6
AGAIN_SECONDS = 6  # a failed message comes back after this; the template's nine minutes, scaled
PATIENCE_SECONDS = 1800.0  # only what does not end at all takes so long

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    options = Options(upstream=Settings(speed=30, random_seed=7), parameters={"LingerSeconds": "3"})
    with local_stack(options) as stack:
        stack.emulator.client("sqs").set_queue_attributes(
            QueueUrl=stack.outputs["InboxQueueUrl"], Attributes={"VisibilityTimeout": str(AGAIN_SECONDS)}
        )
        yield Crowd(stack)


@pytest.fixture(scope="module")
def poison(crowd: Crowd) -> str:
    """A pair that submit may not read, as one that is encrypted with a key of its own, dropped among others."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{crowd.stack.outputs['InboxBucketName']}/poison/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    crowd.stack.emulator.client("s3").put_bucket_policy(
        Bucket=crowd.stack.outputs["InboxBucketName"], Policy=policy
    )
    [key] = crowd.drop("poison", 1)
    crowd.drop("others", OTHERS)
    return key


def alarms_on(crowd: Crowd, queue_url: str) -> list[str]:
    """Where the alarms on this queue's letters are published."""
    found = crowd.stack.emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {"Name": "QueueName", "Value": queue_url.rpartition("/")[2]}
    return [action for alarm in found if watched in alarm["Dimensions"] for action in alarm["AlarmActions"]]


def test_its_messages_become_dead_letters_and_its_owner_is_notified_once(
    crowd: Crowd, poison: str, record_property: Record
) -> None:
    others = [f"others/{number:03}.jpg" for number in range(OTHERS)]
    assert crowd.until(lambda: crowd.dead_letters() == 2 and bool(crowd.events[poison]), PATIENCE_SECONDS)
    for _ in range(2):
        crowd.sweep()
    [queue] = [queue for queue in crowd.dead if crowd.letters(queue)]
    record_property("letters", crowd.dead_letters())
    record_property("notices", len(crowd.events[poison]))
    record_property("alarms", len(alarms_on(crowd, queue)))
    record_property("others_finished", crowd.words(others)["succeeded"])

    [event] = crowd.events[poison]
    assert (event["type"], event["data"]["error"]["code"]) == ("depthdrop.edit.rejected.v1", "not_worked_off")
    assert alarms_on(crowd, queue) == [crowd.stack.outputs["AlarmsTopicArn"]]
    assert crowd.words(others) == {"succeeded": OTHERS}
    assert crowd.charges("poison") == {}


def redrive(crowd: Crowd) -> int:
    """Move letters back into the inbox queue, as their owner would; how many."""
    sqs, moved = crowd.stack.emulator.client("sqs"), 0
    for queue in crowd.dead:
        for letter in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.send_message(QueueUrl=crowd.stack.outputs["InboxQueueUrl"], MessageBody=letter["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=letter["ReceiptHandle"])
            moved += 1
    return moved


def test_redriven_after_its_cause_is_gone_it_is_bought_once(crowd: Crowd, poison: str) -> None:
    crowd.stack.emulator.client("s3").delete_bucket_policy(Bucket=crowd.stack.outputs["InboxBucketName"])
    moved, end = 0, time.monotonic() + PATIENCE_SECONDS
    while moved < 2 and time.monotonic() < end:  # sweep has just looked at them, so they are out of sight
        time.sleep(1)
        moved += redrive(crowd)

    assert crowd.until(lambda: len(crowd.events[poison]) == 2, PATIENCE_SECONDS)
    assert crowd.words([poison]) == {"succeeded": 1}
    assert list(crowd.charges("poison").values()) == [1]
