"""Rounds of sweep over the files that wait: in trouble, in turn, and what they leave."""

from typing import Any

import pytest

from depthdrop.drop.pairing import InboxObject
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.message import ComeBack, Done
from depthdrop.records.files import Files
from depthdrop.use_cases import unpaired as unpaired_module
from tests.support.aws import Stack
from tests.support.scripted import NOW, PICTURE
from tests.unit.use_cases.unpaired import TEXT, WAIT, bury, delete, put, sweep


def test_one_record_that_cannot_be_processed_stops_neither_the_others_nor_the_round(stack: Stack) -> None:
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        put(stack, key)
    made = stack.sweep().unpaired
    siblings = type(made.inbox).siblings

    def broken(self: Any, prefix: str) -> Any:
        if prefix == "b.":
            raise ConnectionError(prefix)
        return siblings(self, prefix)

    with stack.monkeypatch.context() as patched:
        patched.setattr(type(made.inbox), "siblings", broken)

        assert sweep(stack, NOW + WAIT) == {"halves_told": 2, "halves_broken": 1}
        assert sweep(stack, NOW + WAIT + 599) == {}
    assert sweep(stack, NOW + WAIT + 600) == {"halves_told": 1}
    assert sorted(event["subject"] for event in stack.events()) == ["a.jpg", "b.jpg", "c.jpg"]


def test_a_round_takes_a_limited_number_and_the_next_round_continues(stack: Stack) -> None:
    assert unpaired_module._BATCH == 100
    stack.monkeypatch.setattr(unpaired_module, "_BATCH", 10)
    for number in range(11):
        Files(stack.table).wait(InboxObject(f"{number}.jpg", "e", NOW, 1), NOW + number)

    assert sweep(stack, NOW + WAIT) == {"halves_settled": 10}
    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}


def test_the_index_may_be_behind_the_record(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.monkeypatch.setattr(Files, "due", lambda *_: ["room.jpg", "gone.jpg"])

    assert sweep(stack, NOW) == {}
    assert stack.events() == []


def test_reports_are_counted(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.clock.now = NOW + WAIT
    made = stack.sweep()
    made.metrics.clear_metrics()  # Powertools keeps one set for all that a process makes
    made.handle()

    assert made.metrics.metric_set["unpaired"]["Value"] == [1.0]


def test_a_dead_letter_of_a_sidecar_that_was_never_noted_leads_to_its_report(stack: Stack) -> None:
    stack.put("room.txt", TEXT)
    bury(stack, "room.txt")

    assert sweep(stack, NOW + WAIT) == {}
    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}


def test_the_record_of_an_unpaired_file_does_not_expire_while_it_waits(stack: Stack) -> None:
    stack.monkeypatch.setitem(stack.names, "UnpairedMinutes", "10080")
    put(stack, "room.jpg")
    record = Files(stack.table).get("room.jpg")

    assert record["look_at"] == NOW + 7 * 24 * 3600
    assert record["expires_at"] - record["look_at"] == 400 * 24 * 3600


@pytest.mark.parametrize("removed", ["room.jpg", "room.txt"])
def test_a_file_whose_counterpart_is_removed_while_both_are_read_waits_after_all(
    stack: Stack, removed: str
) -> None:
    """No event comes for the removed file."""
    stack.put("room.jpg", PICTURE)
    stack.put("room.txt", TEXT)
    left = "room.txt" if removed == "room.jpg" else "room.jpg"
    read = Inbox.read

    def removing(self: Inbox, wanted: InboxObject, max_bytes: int) -> bytes:
        delete(removed)
        return read(self, wanted, max_bytes)

    with stack.monkeypatch.context() as patched:
        patched.setattr(Inbox, "read", removing)
        [settled] = stack.deliver(left)
    assert isinstance(settled, ComeBack)
    stack.deliver(left)

    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}
    assert [event["subject"] for event in stack.events()] == [left]


def test_the_message_of_an_unpaired_file_that_waits_is_acknowledged(stack: Stack) -> None:
    stack.put("room.jpg", PICTURE)

    assert stack.deliver("room.jpg") == [Done("waits for its other half")]
