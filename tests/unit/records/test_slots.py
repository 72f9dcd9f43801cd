"""Slots: N places, each held by name until its lease is over."""

import pytest

from depthdrop.records.slots import Slots, holder_of
from tests.support.aws import Stack
from tests.support.scripted import NOW


@pytest.fixture
def slots(stack: Stack) -> Slots:
    return Slots(stack.table, 2, shuffle=lambda pks: pks.sort())


def held(slots: Slots) -> dict[str, tuple[str, int]]:
    found = slots.table.get_many(["slot#00", "slot#01"])
    return {pk: (item["holder"], item["lease_until"]) for pk, item in found.items()}


def test_each_edit_gets_a_place_until_all_are_taken(slots: Slots) -> None:
    assert slots.take("a", NOW, NOW + 10) == "slot#00"
    assert slots.take("b", NOW, NOW + 10) == "slot#01"
    assert slots.take("c", NOW, NOW + 10) is None
    assert held(slots) == {"slot#00": ("a", NOW + 10), "slot#01": ("b", NOW + 10)}


def test_a_slot_whose_lease_is_over_is_free(slots: Slots) -> None:
    slots.take("a", NOW, NOW + 10)
    slots.take("b", NOW, NOW + 20)

    assert slots.take("c", NOW + 10, NOW + 90) is None
    assert slots.take("c", NOW + 11, NOW + 90) == "slot#00"


def test_slots_in_use_are_those_whose_lease_is_not_over(slots: Slots) -> None:
    assert slots.in_use(NOW) == 0
    slots.take("a", NOW, NOW + 10)
    slots.take("b", NOW, NOW + 20)

    assert [slots.in_use(NOW + seconds) for seconds in (0, 10, 11, 20, 21)] == [2, 2, 1, 1, 0]


def test_taking_again_gives_the_same_slot_and_extends_it(slots: Slots) -> None:
    slots.take("b", NOW, NOW + 10)
    slots.take("a", NOW, NOW + 10)

    assert slots.take("a", NOW, NOW + 50) == "slot#01"
    assert held(slots) == {"slot#00": ("b", NOW + 10), "slot#01": ("a", NOW + 50)}


def test_taking_again_never_shortens_a_lease(slots: Slots) -> None:
    slots.take("a", NOW, NOW + 3900)

    assert slots.take("a", NOW + 200, NOW + 150) == "slot#00"
    assert held(slots) == {"slot#00": ("a", NOW + 3900)}


def test_a_slot_that_others_took_meanwhile_is_not_taken_away(slots: Slots, stack: Stack) -> None:
    slots.take("b", NOW, NOW + 10)
    stack.monkeypatch.setattr(type(slots.table), "get_many", lambda *_: {})

    assert slots.take("a", NOW, NOW + 10) == "slot#01"
    assert slots.take("c", NOW + 10, NOW + 20) is None


def test_a_slot_that_others_hold_is_not_even_asked_for(slots: Slots, stack: Stack) -> None:
    slots.take("a", NOW, NOW + 10)
    slots.take("b", NOW, NOW + 10)
    asked: list[object] = []
    stack.monkeypatch.setattr(type(slots.table), "put", lambda *arguments: asked.append(arguments))

    assert slots.take("c", NOW + 10, NOW + 20) is None
    assert asked == []


def test_workers_that_come_at_once_do_not_all_try_the_same_slot(stack: Stack) -> None:
    assert Slots(stack.table, 3, shuffle=lambda pks: pks.reverse()).take("a", NOW, NOW + 10) == "slot#02"


def test_a_slot_is_held_under_the_name_of_one_claim() -> None:
    assert holder_of("e1", "t1") == "e1:t1"


def test_only_its_holder_gives_back_a_slot(slots: Slots) -> None:
    slots.take("a", NOW, NOW + 10)
    slots.give_back("slot#00", "stranger")

    assert held(slots) == {"slot#00": ("a", NOW + 10)}
    slots.give_back("slot#00", "a")
    assert held(slots) == {}


def test_only_its_holder_extends_a_slot(slots: Slots) -> None:
    slots.take("a", NOW, NOW + 10)
    slots.extend("slot#00", "stranger", NOW + 99)

    assert held(slots) == {"slot#00": ("a", NOW + 10)}
    slots.extend("slot#00", "a", NOW + 99)
    assert held(slots) == {"slot#00": ("a", NOW + 99)}


def test_extending_a_slot_that_was_given_back_does_not_create_it_again(slots: Slots) -> None:
    slots.extend("slot#00", "a", NOW + 99)

    assert held(slots) == {}
