"""Parked drops go back into the queue: the oldest first, each sent by one releaser, none lost."""

import json

import pytest

from depthdrop import aws
from depthdrop.inbox.message import DropReleased, read_messages
from depthdrop.records.parking import Parking
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import NOW


@pytest.fixture
def parking(stack: Stack) -> Parking:
    for number in range(3):
        stack.drops.record(f"d{number}", NOW, part({}))
        stack.drops.park(f"d{number}", "no_slot", "full", NOW - number)
    return Parking(stack.drops, aws.sqs(), stack.names["InboxQueue"])


def released(stack: Stack) -> list[str]:
    return [str(sent["detail"]["drop_id"]) for sent in stack.sent_back()]


def test_the_oldest_due_drops_are_sent_and_counted(stack: Stack, parking: Parking) -> None:
    assert parking.release_due(NOW, 2) == 2
    assert sorted(released(stack)) == ["d1", "d2"]
    assert parking.release_due(NOW, 2) == 1
    assert released(stack) == ["d0"]
    assert parking.release_due(NOW, 2) == 0


def test_drops_that_wait_for_the_budget_are_made_due_oldest_first_and_counted(
    stack: Stack, parking: Parking
) -> None:
    for number in range(3):
        stack.drops.park(f"d{number}", "budget_reached", "spent", NOW - number)

    assert parking.resume_budgeted(NOW, 2) == 2
    assert sorted(drop["drop_id"] for drop in stack.drops.due(NOW, 5)) == ["d1", "d2"]
    assert parking.resume_budgeted(NOW, 2) == 1
    assert parking.resume_budgeted(NOW, 2) == 0
    assert released(stack) == []


def test_two_releasers_at_once_send_two_drops_and_not_one_twice(stack: Stack, parking: Parking) -> None:
    """Both read the index before either has put anything off."""
    seen = stack.drops.due(NOW, 10)
    stack.monkeypatch.setattr(type(stack.drops), "due", lambda *_: seen)
    parking.release_due(NOW, 1)
    parking.release_due(NOW, 1)

    assert sorted(released(stack)) == ["d1", "d2"]


def test_a_drop_that_ended_meanwhile_is_not_sent(stack: Stack, parking: Parking) -> None:
    seen = stack.drops.due(NOW, 10)
    stack.monkeypatch.setattr(type(stack.drops), "due", lambda *_: seen)
    stack.drops.unpark("d2")
    parking.release_due(NOW, 1)

    assert released(stack) == ["d1"]


def test_a_drop_is_put_off_before_its_message_is_sent(stack: Stack, parking: Parking) -> None:
    """The other way round, a quick submit could park it again and then be put off for nothing."""
    looks: list[object] = []

    def send(**_: object) -> None:
        drop = stack.drops.get("d2")
        assert drop is not None
        looks.append(drop["look_at"])

    stack.monkeypatch.setattr(parking.sqs, "send_message", send)
    parking.release_due(NOW, 1)

    assert looks == [NOW + 300]


def test_submit_reads_the_message_as_a_release(stack: Stack, parking: Parking) -> None:
    parking.send_again("d7")
    [body] = [
        message["Body"] for message in aws.sqs().receive_message(QueueUrl=stack.names["InboxQueue"])["Messages"]
    ]

    assert read_messages(body) == (DropReleased("d7"),)


def test_the_message_has_no_delay_and_the_fields_that_the_queues_rule_matches(
    stack: Stack, parking: Parking
) -> None:
    """Zero seconds must be said: a queue's own delay is for files that settle."""
    sent: list[dict[str, object]] = []
    stack.monkeypatch.setattr(parking.sqs, "send_message", lambda **message: sent.append(message))
    parking.send_again("d7")

    [message] = sent
    body = message.pop("MessageBody")
    assert message == {"QueueUrl": stack.names["InboxQueue"], "DelaySeconds": 0}
    assert json.loads(str(body)) == {
        "source": "depthdrop",
        "detail-type": "Parked Drop Released",
        "detail": {"drop_id": "d7"},
    }


def test_twenty_five_drops_that_others_released_do_not_keep_the_next_from_being_sent(
    stack: Stack, parking: Parking
) -> None:
    limits: list[int] = []

    def due(_: object, _now: int, limit: int) -> list[object]:
        limits.append(limit)
        return []

    stack.monkeypatch.setattr(type(stack.drops), "due", due)

    assert parking.release_due(NOW, 3) == 0
    assert limits == [28]
