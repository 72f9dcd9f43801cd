"""A drop that submit always fails on ends in the dead letters, is reported once, and holds up no other drop."""

import pytest

from depthdrop.use_cases.dead_letters import DeadLetters
from tests.protocol.faults.way import Call, Way
from tests.protocol.schedules.cloud import MAX_RECEIVES
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.support.fates import Fate

OTHERS = ("b", "c", "d")


class Poison:
    """Reading this pair fails until it is cured, as when its files are encrypted with a key of their own."""

    def __init__(self) -> None:
        self.cured = False
        self.reads = 0

    def __call__(self, call: Call) -> Fate:
        poisonous = call.subject == "poison" and call.name == "GetObject" and not self.cured
        self.reads += poisonous
        return Fate.NEVER_ARRIVED if poisonous else Fate.WELL


def test_a_poisonous_drop_ends_in_the_dead_letters_is_reported_once_and_the_others_continue() -> None:
    poison = Poison()
    way = Way(poison)
    way.go("poison", *OTHERS)
    [rejected] = [event for event in way.world.topic.events if event["type"].endswith("rejected.v1")]

    assert (rejected["subject"], rejected["data"]["error"]["code"]) == ("poison.jpg", "not_worked_off")
    assert (len(way.world.queues.dead), poison.reads) == (2, 2 * MAX_RECEIVES)
    assert way.states() == ["SUCCEEDED"] * len(OTHERS)
    assert {event["subject"] for event in way.world.topic.events} == {"poison.jpg", "b.jpg", "c.jpg", "d.jpg"}


def test_redriven_after_its_cause_is_gone_it_is_bought_once() -> None:
    poison = Poison()
    way = Way(poison)
    way.go("poison")
    poison.cured = True
    for letter in way.world.queues.dead:
        way.world.queues.enqueue(letter.body)
    way.world.queues.dead.clear()
    way.settle()

    assert (way.states(), way.count("POST"), len(way.published("succeeded"))) == (["SUCCEEDED"], 1, 1)


def test_a_sweep_that_reads_no_dead_letters_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeadLetters, "settle", lambda *_: {})

    with pytest.raises(BrokenPromiseError, match="nobody ever saw"):
        Way(Poison()).go("poison")
