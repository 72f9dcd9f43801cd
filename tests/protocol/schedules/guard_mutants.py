"""Each guard of the purchase, taken away. The schedules must detect each removal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from depthdrop.inbox.message import Done
from depthdrop.records import edits as edits_module
from depthdrop.records.budget import Reservation, day_of, given_back
from depthdrop.records.edits import Edits, State, pk_of
from depthdrop.records.parking import Parking
from depthdrop.records.slots import Slots
from depthdrop.records.table import Change, Table
from depthdrop.use_cases import purchase as purchase_module
from depthdrop.use_cases import sweep as sweep_module
from depthdrop.use_cases.settlement import Attempt, Settlement
from depthdrop.use_cases.submit import Submit
from tests.protocol.schedules.wiring import Tokens

Mutate = Callable[[pytest.MonkeyPatch], None]


def _any_token_may_post(patch: pytest.MonkeyPatch) -> None:
    def post(
        self: Edits, edit_id: str, token: str, now: int, slot: str, look_at: int, _: Reservation | None
    ) -> bool:
        changes = {"state": "POSTING", "posted_at": now, "slot": slot, "look_at": look_at}
        lost = self.table.update(pk_of(edit_id), changes, "#state = :claimed", {":claimed": "CLAIMED"})
        return lost is None or edits_module._own(lost, State.POSTING, token) is not None

    patch.setattr(Edits, "post", post)


def _a_token_for_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Tokens, "__call__", lambda _: "token")


def _a_lost_post_is_taken_over(patch: pytest.MonkeyPatch) -> None:
    original, put = Submit._already_settled, Table.put

    def retaking(self: Submit, drop: Any, edit: Any) -> Any:
        over = edit["state"] == State.POSTING and edit["lease_until"] < self.clock()
        return None if over else original(self, drop, edit)

    def claiming(self: Table, item: Any, condition: str, values: Any = None) -> Any:
        if ":claimed" in (values or {}):
            condition += " OR (#state = :posting AND #lease_until < :now)"
            values = {**values, ":posting": "POSTING"}
        return put(self, item, condition, values)

    patch.setattr(Submit, "_already_settled", retaking)
    patch.setattr(Table, "put", claiming)


def _whatever_failed_is_released(patch: pytest.MonkeyPatch) -> None:
    def released(self: Settlement, attempt: Attempt, message: str) -> Done:
        self.free(attempt)
        return self.park(attempt.drop, "upstream_unreachable", message)

    patch.setattr(Settlement, "_ambiguous", released)


def _ones_own_write_is_a_strangers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(edits_module, "_own", lambda *_: None)


def _a_stranger_frees_slots(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Slots, "give_back", lambda self, slot, _: self.table.delete(slot, "attribute_exists(pk)"))


def _a_refused_drop_is_parked(patch: pytest.MonkeyPatch) -> None:
    update = Table.update

    def parking(self: Table, pk: str, changes: Any, condition: str, *more: Any, **named: Any) -> Any:
        return update(
            self, pk, changes, condition.replace(" AND attribute_not_exists(#refusal)", ""), *more, **named
        )

    patch.setattr(Table, "update", parking)


def _a_recorded_drop_is_not_looked_after(patch: pytest.MonkeyPatch) -> None:
    put = Table.put

    def without(self: Table, item: Any, condition: str, values: Any = None) -> Any:
        kept = {name: value for name, value in item.items() if name not in {"open", "look_at"}}
        return put(self, kept if item["pk"].startswith("drop#") else item, condition, values)

    patch.setattr(Table, "put", without)


def _a_left_claim_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Submit, "_give_up_claim", lambda *_: None)


MUTANTS: dict[str, Mutate] = {
    "no token in the post condition": _any_token_may_post,
    "one token for all deliveries": _a_token_for_all,
    "POSTING is taken over after its lease": _a_lost_post_is_taken_over,
    "a lost answer releases the claim": _whatever_failed_is_released,
    "one's own write is taken for another's": _ones_own_write_is_a_strangers,
    "a stranger frees slots": _a_stranger_frees_slots,
    "a refused drop is parked": _a_refused_drop_is_parked,
    "a recorded drop is not looked after": _a_recorded_drop_is_not_looked_after,
    "a claim left by a refused drop is kept": _a_left_claim_is_kept,
}


def _a_drop_that_has_left_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(purchase_module, "still_asks", lambda *_: True)


def _the_claim_is_freed_before_the_drop_leaves(patch: pytest.MonkeyPatch) -> None:
    withdrawn = Settlement._withdrawn

    def early(self: Settlement, attempt: Attempt, message: str) -> Any:
        self.free(attempt)
        return withdrawn(self, attempt, message)

    patch.setattr(Settlement, "_withdrawn", early)


def _sweep_does_not_ask_whether_a_post_was_refused(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweep_module, "was_refused", lambda *_: False)


def _a_claim_on_an_edit_that_was_left_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweep_module, "has_left", lambda *_: False)


FALLBACK_MUTANTS: dict[str, Mutate] = {
    "a drop that has left its edit is not looked at": _a_drop_that_has_left_is_not_looked_at,
    "the claim is freed before the drop leaves": _the_claim_is_freed_before_the_drop_leaves,
    "sweep does not ask whether a POST was refused": _sweep_does_not_ask_whether_a_post_was_refused,
    "a claim on an edit that was left is kept": _a_claim_on_an_edit_that_was_left_is_kept,
}


def _the_budget_is_only_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Reserve without a condition, after a look at what is left."""
    change = Reservation.change
    patch.setattr(Reservation, "change", lambda self: replace(change(self), condition="", values={}))


def _the_reservation_is_not_part_of_the_step(patch: pytest.MonkeyPatch) -> None:
    together = Table.together

    def apart(self: Table, token: str, *changes: Change) -> Any:
        for number, change in enumerate(changes):
            lost = together(self, f"{token}{number}", change)
            if lost is not None:
                return [None] * number + lost + [None] * (len(changes) - number - 1)
        return None

    patch.setattr(Table, "together", apart)


def _what_was_refused_stays_reserved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(edits_module, "given_back", lambda day, _usd: Change(f"budget#{day}", {"day": day}))


def _what_waits_is_given_back_too(patch: pytest.MonkeyPatch) -> None:
    """On every release, whether or not the edit had come to reserve anything."""
    release = Edits.release

    def generous(self: Edits, edit_id: str, token: str, now: int) -> None:
        found = self.get(edit_id)
        release(self, edit_id, token, now)
        if found is not None and found["state"] == "CLAIMED":
            self.table.together(f"{token}gift", given_back(day_of(now), found["usd"]))

    patch.setattr(Edits, "release", generous)


def _an_over_budget_drop_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Parking, "resume_budgeted", lambda *_: 0)


BUDGET_MUTANTS: dict[str, Mutate] = {
    "the budget is only looked at": _the_budget_is_only_looked_at,
    "the reservation is not part of the step": _the_reservation_is_not_part_of_the_step,
    "what was refused stays reserved": _what_was_refused_stays_reserved,
    "what reserved nothing is given back": _what_waits_is_given_back_too,
    "a drop over the budget is forgotten": _an_over_budget_drop_is_forgotten,
}
