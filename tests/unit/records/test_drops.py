"""Drop records: written once; parked ones are found again when their time has come."""

from typing import Any

import pytest

from depthdrop.records.drops import BUDGET, RECORDED_CHECK_SECONDS, has_left, still_asks, was_refused
from depthdrop.records.table import KEPT_SECONDS
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import NOW


def test_a_drop_is_recorded_once_and_a_second_worker_gets_the_first_ones_record(stack: Stack) -> None:
    first, _ = stack.drops.record("d", NOW, part({"settings": "first"}))

    assert stack.drops.record("d", NOW + 1, part({"settings": "second"})) == (first, False)
    assert stack.drops.get("d") == first
    assert first == {
        "pk": "drop#d",
        "drop_id": "d",
        "created_at": NOW,
        "listed": "all",
        "open": "parked",
        "look_at": NOW + RECORDED_CHECK_SECONDS,
        "expires_at": NOW + KEPT_SECONDS,
        "settings": "first",
    }


def test_a_recorded_drop_is_due_for_sweep_until_a_worker_unparks_it(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))

    assert stack.drops.due(NOW + RECORDED_CHECK_SECONDS - 1, 5) == []
    assert [drop["drop_id"] for drop in stack.drops.due(NOW + RECORDED_CHECK_SECONDS, 5)] == ["d"]
    stack.drops.unpark("d")
    assert stack.drops.due(NOW + RECORDED_CHECK_SECONDS, 5) == []


def test_a_drop_is_no_longer_due_once_its_owner_was_notified(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"refusal": "{}"}))
    stack.drops.mark_notified("d", NOW)

    drop = stack.drops.get("d")
    assert drop == {
        "pk": "drop#d",
        "drop_id": "d",
        "created_at": NOW,
        "listed": "all",
        "expires_at": NOW + KEPT_SECONDS,
        "refusal": "{}",
        "notified_at": NOW,
    }


def test_a_refused_drop_is_never_parked(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"refusal": "{}"}))
    stack.drops.mark_notified("d", NOW)
    stack.drops.park("d", "no_slot", "full", NOW)

    drop = stack.drops.get("d")
    assert drop is not None
    assert "parked" not in drop
    assert stack.drops.due(NOW, 5) == []


def test_a_parked_drop_is_due_at_its_time_and_says_why_it_is_parked(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))
    stack.drops.park("d", "balance_empty", "no credit", NOW + 300)

    assert stack.drops.due(NOW + 299, 5) == []
    assert [drop["drop_id"] for drop in stack.drops.due(NOW + 300, 5)] == ["d"]
    drop = stack.drops.get("d")
    assert drop is not None
    assert (drop["parked"], drop["parked_message"]) == ("balance_empty", "no credit")


def test_an_unparked_drop_is_no_longer_due(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))
    stack.drops.park("d", "no_slot", "full", NOW)
    stack.drops.unpark("d")

    left = {
        "pk": "drop#d",
        "drop_id": "d",
        "created_at": NOW,
        "expires_at": NOW + KEPT_SECONDS,
        "parked_times": 1,
    }
    assert (stack.drops.due(NOW, 5), stack.drops.get("d")) == ([], left)
    stack.drops.unpark("d")


def test_a_drop_that_is_given_up_is_no_longer_due_but_stays_listed(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))
    stack.drops.park("d", "no_slot", "full", NOW)
    stack.drops.give_up("d")

    drop = stack.drops.get("d")
    assert drop is not None
    assert (stack.drops.due(NOW, 5), drop["listed"], "parked" in drop) == ([], "all", False)
    stack.drops.give_up("gone")
    assert stack.drops.get("gone") is None


def test_a_parked_drop_does_not_expire_while_it_is_parked(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))
    stack.drops.park("d", "key_refused", "no key", NOW + KEPT_SECONDS)

    drop = stack.drops.get("d")
    assert drop is not None
    assert drop["expires_at"] == NOW + 2 * KEPT_SECONDS


def test_a_drop_that_does_not_exist_is_neither_parked_nor_refused(stack: Stack) -> None:
    stack.drops.park("d", "no_slot", "full", NOW)
    stack.drops.mark("d", "notified_at", NOW)
    stack.drops.refuse("d", "{}")

    assert stack.drops.get("d") is None


def test_a_due_drop_is_put_off_by_one_releaser_only(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))
    stack.drops.park("d", "no_slot", "full", NOW)

    assert stack.drops.look_again("d", NOW, NOW + 300) is True
    assert stack.drops.look_again("d", NOW, NOW + 300) is False


def test_a_drop_that_is_no_longer_parked_is_not_put_off(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))

    assert stack.drops.look_again("d", NOW, NOW + 300) is False


def test_a_refused_drop_is_no_longer_parked_but_due_until_its_owner_is_notified(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({}))
    stack.drops.park("d", "no_slot", "full", NOW)
    stack.drops.refuse("d", '{"code": "x"}')

    drop = stack.drops.get("d")
    assert drop is not None
    assert drop["refusal"] == '{"code": "x"}'
    assert drop.keys().isdisjoint({"parked", "parked_message", "refusal_token"})
    assert [due["drop_id"] for due in stack.drops.due(NOW, 5)] == ["d"]
    stack.drops.mark_notified("d", NOW)
    assert stack.drops.due(NOW, 5) == []


FACTS = {"edit_id": "new", "settings": "{}", "origins": "{}", "asked_model": "flux-pro-1.0-depth"}


def test_a_drop_that_falls_back_asks_for_the_other_edit_and_becomes_due_again(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "old", "settings": "{...}"}))
    stack.drops.park("d", "no_slot", "full", NOW)

    assert stack.drops.fall_back("d", "old", "token", NOW + 5, part(FACTS))
    drop = stack.drops.get("d")
    assert drop == {
        "pk": "drop#d",
        "drop_id": "d",
        "created_at": NOW,
        "listed": "all",
        **FACTS,
        "fell_back_from": "old",
        "refused_token": "token",
        "parked_times": 1,
        "open": "parked",
        "look_at": NOW + 5 + RECORDED_CHECK_SECONDS,
        "expires_at": NOW + KEPT_SECONDS,
    }


@pytest.mark.parametrize("before", ["it waits for the budget", "nobody looked after it"])
def test_a_drop_that_falls_back_becomes_due_whatever_it_waited_for(stack: Stack, before: str) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "old"}))
    if before == "it waits for the budget":
        stack.drops.park("d", BUDGET, "nothing left", NOW)
    else:
        stack.drops.unpark("d")
    stack.drops.fall_back("d", "old", "token", NOW, part(FACTS))

    drop = part(stack.drops.get("d"))
    assert (drop["open"], drop["look_at"]) == ("parked", NOW + RECORDED_CHECK_SECONDS)


@pytest.mark.parametrize(("reason", "kind"), [(BUDGET, "over_budget"), ("no_slot", "parked")])
def test_a_drop_that_waits_for_the_budget_does_not_become_due_by_time_alone(
    stack: Stack, reason: str, kind: str
) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "e"}))
    stack.drops.park("d", reason, "why", NOW)

    assert part(stack.drops.get("d"))["open"] == kind
    assert [len(found) for found in (stack.drops.due(NOW + 9, 9), stack.drops.over_budget(NOW + 9, 9))] == (
        [0, 1] if kind == "over_budget" else [1, 0]
    )


def test_room_in_the_budget_releases_only_drops_that_wait_for_the_budget(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "e"}))
    stack.drops.park("d", "no_slot", "full", NOW + 60)

    assert stack.drops.may_go_on("d", NOW) is False
    assert part(stack.drops.get("d"))["look_at"] == NOW + 60


def test_falling_back_twice_with_the_same_token_succeeds_and_with_another_token_fails(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "old"}))
    stack.drops.fall_back("d", "old", "token", NOW, part(FACTS))

    assert stack.drops.fall_back("d", "old", "token", NOW, part(FACTS))
    assert not stack.drops.fall_back("d", "old", "stranger", NOW, part({**FACTS, "edit_id": "a third"}))
    drop = stack.drops.get("d")
    assert drop is not None
    assert (drop["edit_id"], drop["refused_token"]) == ("new", "token")


def test_a_drop_whose_own_request_was_refused_keeps_the_token_that_it_went_out_under(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "e"}))
    stack.drops.refuse("d", "{}", "token")

    drop = stack.drops.get("d")
    assert drop is not None
    assert (drop["refusal"], drop["refusal_token"]) == ("{}", "token")
    assert was_refused(drop, part({"edit_id": "e", "token": "token"}))


def test_a_refused_drop_never_falls_back(stack: Stack) -> None:
    stack.drops.record("d", NOW, part({"edit_id": "old"}))
    stack.drops.refuse("d", "{}")

    assert not stack.drops.fall_back("d", "old", "token", NOW, part(FACTS))
    assert not stack.drops.fall_back("nobody", "old", "token", NOW, part(FACTS))
    drop = stack.drops.get("d")
    assert drop is not None
    assert drop["edit_id"] == "old"


@pytest.mark.parametrize(
    ("drop", "left", "refused"),
    [
        (None, False, False),
        ({"edit_id": "e"}, False, False),
        ({"edit_id": "f", "fell_back_from": "x", "refused_token": "t"}, False, False),
        ({"edit_id": "f", "fell_back_from": "e", "refused_token": "another"}, True, False),
        ({"edit_id": "f", "fell_back_from": "e", "refused_token": "t"}, True, True),
        ({"edit_id": "e", "refusal": "{}"}, False, False),
        ({"edit_id": "e", "refusal": "{}", "refusal_token": "another"}, False, False),
        ({"edit_id": "e", "refusal": "{}", "refusal_token": "t"}, False, True),
        ({"edit_id": "f", "fell_back_from": "e", "refused_token": "t", "refusal_token": "u"}, True, True),
    ],
)
def test_only_a_drop_whose_own_post_was_refused_proves_it(
    drop: dict[str, Any] | None,
    left: bool,  # noqa: FBT001  # a table
    refused: bool,  # noqa: FBT001  # a table
) -> None:
    assert has_left(part(drop), "e") is left
    assert was_refused(part(drop), part({"edit_id": "e", "token": "t"})) is refused


@pytest.mark.parametrize(
    ("drop", "asks"),
    [
        (None, False),
        ({"edit_id": "e"}, True),
        ({"edit_id": "e", "refusal": "{}"}, False),
        ({"edit_id": "f", "fell_back_from": "e"}, False),
        ({"edit_id": "e", "fell_back_from": "d"}, True),
    ],
)
def test_a_drop_asks_for_its_edit_until_it_is_refused_or_leaves_it(
    drop: dict[str, Any] | None,
    asks: bool,  # noqa: FBT001  # a table
) -> None:
    assert still_asks(part(drop), "e") is asks
