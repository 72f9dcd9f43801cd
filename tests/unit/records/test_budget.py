"""What a day's requests reserve: never over the limit, given back once, and not for what may have been charged."""

from decimal import Decimal
from typing import Any

import pytest

from depthdrop.records.budget import Budget, OverBudgetError, Reservation, budget_text
from depthdrop.records.edits import Edits, State
from depthdrop.records.table import KEPT_SECONDS, Change, Table
from depthdrop.use_cases.purchase import random_token
from tests.protocol.schedules.store import Store
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import NOW
from tests.unit.records.edit_states import new_edit

DAY = "2026-06-10"
LIMIT, PRICE = Decimal("0.14"), Decimal("0.06")
LEASE = 150


@pytest.fixture
def budget(stack: Stack) -> Budget:
    return Budget(stack.table, LIMIT)


def claimed(edits: Edits, edit_id: str, usd: Decimal = PRICE) -> str:
    new = new_edit(edit_id, "d", usd)

    assert edits.claim(new, f"token-{edit_id}", NOW, LEASE) is None
    return f"token-{edit_id}"


def post(stack: Stack, edit_id: str, usd: Decimal = PRICE) -> str:
    """One edit steps to POSTING within the budget; its token."""
    token = claimed(stack.edits, edit_id, usd)

    assert stack.edits.post(edit_id, token, NOW, "slot#00", NOW, Budget(stack.table, LIMIT).reservation(usd, NOW))
    return token


def reserved(stack: Stack) -> Decimal:
    found: Decimal = (stack.table.get(f"budget#{DAY}") or {"reserved_usd": Decimal(0)})["reserved_usd"]
    return found


def test_a_price_is_reserved_with_the_step_to_posting(stack: Stack, budget: Budget) -> None:
    post(stack, "e1")

    assert stack.table.get(f"budget#{DAY}") == {
        "pk": f"budget#{DAY}",
        "day": DAY,
        "reserved_usd": PRICE,
        "expires_at": NOW + KEPT_SECONDS,
    }
    assert stack.edits.get("e1")["budget_day"] == DAY  # type: ignore[index]
    assert budget.room(NOW) == LIMIT - PRICE


def test_the_last_cent_may_be_spent_and_none_beyond_it(stack: Stack) -> None:
    post(stack, "e1")
    post(stack, "e2", LIMIT - PRICE)

    with pytest.raises(OverBudgetError):
        post(stack, "e3", Decimal("0.0001"))
    assert reserved(stack) == LIMIT


def test_an_edit_that_the_budget_has_no_room_for_leaves_its_claim_unchanged(stack: Stack) -> None:
    post(stack, "e1")
    post(stack, "e2")

    with pytest.raises(OverBudgetError):
        post(stack, "e3")
    edit = part(stack.edits.get("e3"))
    assert (edit["state"], "budget_day" in edit, "slot" in edit) == ("CLAIMED", False, False)


def test_a_price_above_the_whole_budget_has_no_room_on_a_fresh_day(stack: Stack) -> None:
    with pytest.raises(OverBudgetError):
        post(stack, "e1", LIMIT + Decimal("0.01"))
    assert stack.records("budget") == []


def test_a_lost_claim_reserves_nothing_and_is_not_reported_as_over_the_budget(stack: Stack, budget: Budget) -> None:
    claimed(stack.edits, "e1")
    within, over = (budget.reservation(usd, NOW) for usd in (PRICE, LIMIT))
    post(stack, "e2")

    assert stack.edits.post("e1", "another", NOW, "slot#00", NOW, within) is False
    assert stack.edits.post("e1", "another", NOW, "slot#00", NOW, over) is False
    assert reserved(stack) == PRICE


def test_a_step_that_is_sent_twice_reserves_once(stack: Stack, budget: Budget) -> None:
    token = post(stack, "e1")

    assert stack.edits.post("e1", token, NOW, "slot#00", NOW, budget.reservation(PRICE, NOW)) is True
    assert reserved(stack) == PRICE


def test_without_a_limit_nothing_is_reserved_or_looked_up(stack: Stack) -> None:
    none = Budget(stack.table, Decimal(0))

    assert (none.reservation(PRICE, NOW), none.room(NOW)) == (None, None)


def test_a_refused_request_gives_its_price_back_once(stack: Stack) -> None:
    token = post(stack, "e1")
    post(stack, "e2")
    stack.edits.release("e1", token, NOW + 5)
    stack.edits.release("e1", token, NOW + 6)

    assert reserved(stack) == PRICE
    edit = part(stack.edits.get("e1"))
    assert (edit["state"], edit["updated_at"], edit["expires_at"]) == ("RELEASED", NOW + 5, NOW + 5 + KEPT_SECONDS)
    assert {"budget_day", "open", "look_at"}.isdisjoint(edit)


def test_a_claim_that_reserved_nothing_gives_nothing_back(stack: Stack) -> None:
    post(stack, "e1")
    token = claimed(stack.edits, "e2")
    stack.edits.release("e2", token, NOW)

    assert (reserved(stack), part(stack.edits.get("e2"))["state"]) == (PRICE, "RELEASED")


def test_another_workers_token_gives_nothing_back(stack: Stack) -> None:
    post(stack, "e1")
    stack.edits.release("e1", "another", NOW)

    assert (reserved(stack), part(stack.edits.get("e1"))["state"]) == (PRICE, "POSTING")


@pytest.mark.parametrize("end", ["accepted", "ambiguous", "ended"])
def test_what_was_or_may_have_been_charged_stays_reserved(stack: Stack, end: str) -> None:
    token = post(stack, "e1")
    match end:
        case "accepted":
            stack.edits.accepted("e1", token, "task", NOW, NOW, None)
        case "ambiguous":
            stack.edits.ambiguous("e1", token, NOW, "{}")
        case _:
            stack.edits.end("e1", "task", State.FAILED, NOW, "{}")
    stack.edits.release("e1", token, NOW)

    assert reserved(stack) == PRICE


@pytest.mark.parametrize(
    "change",
    [{"state": "SUBMITTED"}, {"token": "another"}, {"budget_day": "2026-06-09"}],
    ids=lambda one: str(*one),
)
def test_a_concurrent_change_of_the_edit_is_kept_and_gives_nothing_back(
    stack: Stack, change: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the edit and the write that frees it, another worker may have changed it."""
    token, together = post(stack, "e1"), Table.together

    def late(self: Table, name: str, *changes: Change) -> Any:
        self.update("edit#e1", change, "attribute_exists(pk)")
        return together(self, name, *changes)

    monkeypatch.setattr(Table, "together", late)
    stack.edits.release("e1", token, NOW)

    edit = part(stack.edits.get("e1"))
    assert {name: edit[name] for name in change} == change
    assert (edit["state"] == "RELEASED", reserved(stack)) == (False, PRICE)


def test_each_transaction_has_a_name_that_no_other_has(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB writes a name once within ten minutes, and takes 36 characters of it."""
    names, together = [], Table.together

    def seen(self: Table, name: str, *changes: Change) -> Any:
        names.append(name)
        return together(self, name, *changes)

    monkeypatch.setattr(Table, "together", seen)
    stack.edits.release("e1", post(stack, "e1"), NOW)

    assert names == ["token-e1post", "token-e1free"]
    assert len(f"{random_token()}post") == 36


def test_a_price_goes_back_to_the_day_that_it_was_reserved_of(stack: Stack) -> None:
    token = post(stack, "e1")
    stack.edits.release("e1", token, NOW + 24 * 3600)

    assert [(day["day"], day["reserved_usd"]) for day in stack.records("budget")] == [(DAY, Decimal(0))]


def test_an_edit_that_was_released_may_reserve_again(stack: Stack) -> None:
    stack.edits.release("e1", post(stack, "e1"), NOW)
    new = new_edit("e1", "d", PRICE)
    stack.edits.claim(new, "later", NOW, LEASE)

    assert stack.edits.post("e1", "later", NOW, "slot#00", NOW, Budget(stack.table, LIMIT).reservation(PRICE, NOW))
    assert reserved(stack) == PRICE


def test_each_day_has_its_own_budget(stack: Stack, budget: Budget) -> None:
    post(stack, "e1")

    assert [budget.room(NOW + days * 24 * 3600) for days in (0, 1)] == [LIMIT - PRICE, LIMIT]


def test_room_is_less_than_nothing_when_the_limit_was_lowered(stack: Stack) -> None:
    post(stack, "e1")

    assert Budget(stack.table, Decimal("0.01")).room(NOW) == Decimal("-0.05")


def test_exactly_one_worker_reports_each_limit_that_is_reached(stack: Stack, budget: Budget) -> None:
    assert [budget.reach(NOW, "first"), budget.reach(NOW + 1, "second")] == [True, False]
    assert Budget(stack.table, LIMIT + 1).reach(NOW + 2, "third") is True
    assert budget.reach(NOW + 24 * 3600, "the next day") is True


def test_a_notice_that_was_not_confirmed_is_found_again_when_its_time_has_come(budget: Budget) -> None:
    budget.reach(NOW, '{"id": "1"}')

    assert budget.unnotified(NOW + 299) == []
    assert budget.unnotified(NOW + 300) == [
        {
            "pk": f"budget#{DAY}",
            "day": DAY,
            "reached_limit_usd": LIMIT,
            "event": '{"id": "1"}',
            "open": "budget",
            "look_at": NOW + 300,
            "expires_at": NOW + KEPT_SECONDS,
        }
    ]


def test_a_published_notice_is_not_found_again(stack: Stack, budget: Budget) -> None:
    budget.reach(NOW, "{}")
    budget.mark_notified(DAY)
    budget.mark_notified("2026-06-11")

    assert budget.unnotified(NOW + 300) == []
    [day] = stack.records("budget")
    assert (day["day"], "open" in day, "look_at" in day) == (DAY, False, False)


def test_the_first_limit_is_reached_however_a_table_compares_a_missing_attribute() -> None:
    """DynamoDB's documentation does not say whether a missing attribute differs from a number."""
    store: Any = Store()

    assert Budget(Table("t", store), LIMIT).reach(NOW, "{}") is True


def test_a_round_finds_no_more_days_than_it_has_time_for(budget: Budget) -> None:
    for days in range(11):
        budget.reach(NOW + days * 24 * 3600, "{}")

    assert len(budget.unnotified(NOW + 12 * 24 * 3600)) == 10


@pytest.mark.parametrize("record", [None, {"day": DAY, "event": "{}"}])
def test_a_notice_that_only_the_index_still_has_is_ignored(
    budget: Budget, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget.reach(NOW, "{}")
    monkeypatch.setattr(Table, "get", lambda *_: record)

    assert budget.unnotified(NOW + 300) == []


def test_a_budget_that_was_reached_before_anything_was_reserved_takes_what_fits(
    stack: Stack, budget: Budget
) -> None:
    budget.reach(NOW, "{}")
    post(stack, "e1")

    assert reserved(stack) == PRICE


def test_the_message_says_what_is_spent_or_that_the_price_is_above_the_whole_budget() -> None:
    assert budget_text(DAY, LIMIT, PRICE, PRICE) == (
        "Of the budget of $0.14 for 2026-06-10 (UTC), $0.06 is spent or reserved; this drop costs $0.06."
    )
    assert budget_text(DAY, PRICE, Decimal(0), LIMIT) == (
        "The price of $0.14 is above the whole budget of $0.06 for a day."
    )
    assert "above the whole" not in budget_text(DAY, PRICE, PRICE, PRICE)


def test_reservations_name_their_day_and_price() -> None:
    found = Reservation(DAY, PRICE, LIMIT, 5).change()

    assert (found.pk, found.values, found.add) == (
        f"budget#{DAY}",
        {":room": LIMIT - PRICE},
        {"reserved_usd": PRICE},
    )
