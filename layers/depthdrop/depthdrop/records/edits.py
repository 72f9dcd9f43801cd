"""The claim: the fenced record that lets exactly one worker pay for an edit. No other module writes it.

EDGES says which state may become which, and the condition of every write is made from it. Every step after CLAIMED
names the token or the task id it belongs to; a step that does not hold changes nothing and returns the
record that is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from depthdrop.records.budget import OverBudgetError, Reservation, given_back
from depthdrop.records.table import KEPT_SECONDS, LISTED, Change, Item, NotWritten, Table, Values

if TYPE_CHECKING:
    from depthdrop.records.types import EditRecord, NewEdit

LEASE_MARGIN_SECONDS = 60  # a lease outlives the Lambda that took it
SETTLE_AFTER_LEASE_SECONDS = 15 * 60  # how long sweep leaves a POSTING edit alone after its lease
EXECUTION_CHECK_SECONDS = 120  # how soon sweep looks whether a submitted edit has its execution
NOTICE_CHECK_SECONDS = 300  # how soon sweep looks whether an ended edit was notified


class State(StrEnum):
    CLAIMED = "CLAIMED"
    POSTING = "POSTING"
    SUBMITTED = "SUBMITTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    RELEASED = "RELEASED"
    AMBIGUOUS = "AMBIGUOUS"


EDGES: Mapping[State, frozenset[State]] = {
    # submit; another worker's, and RELEASED, once the lease is over
    State.CLAIMED: frozenset({State.POSTING, State.RELEASED, State.CLAIMED}),
    # submit, when it sends the request
    State.POSTING: frozenset({State.SUBMITTED, State.RELEASED, State.AMBIGUOUS, State.SUCCEEDED, State.FAILED}),
    # submit, when the task is accepted, and sweep when an execution knows the task
    State.SUBMITTED: frozenset({State.SUCCEEDED, State.FAILED}),
    # submit, sweep; what follows is truth found late
    State.AMBIGUOUS: frozenset({State.SUBMITTED, State.SUCCEEDED, State.FAILED}),
    # submit, sweep: provably nothing was charged
    State.RELEASED: frozenset({State.CLAIMED}),
    # finalize
    State.SUCCEEDED: frozenset(),
    # finalize; a late result of the same task still lands
    State.FAILED: frozenset({State.SUCCEEDED}),
}


def _may_become(to: State, *, only: State | None = None) -> tuple[str, dict[str, object]]:
    """The condition that the edit's state may become this one by EDGES, and its values; `only` from that state."""
    states = [state for state in State if to in EDGES[state] and only in {None, state}]
    values: dict[str, object] = {f":{state.lower()}": state.value for state in states}
    return f"#state IN ({', '.join(values)})", values


def pk_of(edit_id: str) -> str:
    return f"edit#{edit_id}"


@dataclass(frozen=True, slots=True)
class Edits:
    table: Table

    def get(self, edit_id: str) -> "EditRecord | None":
        return cast("EditRecord | None", self.table.get(pk_of(edit_id)))

    def claim(self, edit: "NewEdit", token: str, now: int, lease_seconds: int) -> "NotWritten[EditRecord] | None":
        """Take the edit if nobody has it: None means it is ours."""
        free, values = _may_become(State.CLAIMED)
        record = {
            "pk": pk_of(edit["edit_id"]),
            **edit,
            "state": State.CLAIMED.value,
            "token": token,
            "lease_until": now + lease_seconds,
            "attempt": 1,
            "created_at": now,
            "listed": LISTED,
            **_looked_at(now, lease_seconds),
        }
        lost = self.table.put(
            record,
            "attribute_not_exists(pk)"
            # An SDK retry that meets its own token has won; a token is never used by two invocations.
            f" OR ({free} AND (#state = :released OR #lease_until < :now OR #token = :token))",
            {**values, ":now": now, ":token": token},
        )
        return cast("NotWritten[EditRecord] | None", lost)

    def post(
        self, edit_id: str, token: str, now: int, slot: str, look_at: int, reservation: Reservation | None = None
    ) -> bool:
        """CLAIMED → POSTING, the step before the money. False when the claim is not ours any more.

        At `look_at` the edit counts as abandoned. Raises OverBudgetError when the reservation, written in the same
        transaction, has no room.
        """
        day = reservation.day if reservation else None
        facts = {"posted_at": now, "updated_at": now, "slot": slot, "look_at": look_at, "budget_day": day}
        step = _step(edit_id, State.POSTING, token, facts)
        if reservation is None:
            lost = self.table.change(step)
        else:
            lost, over = self.table.together(f"{token}post", step, reservation.change()) or (None, None)
            if lost is None and over is not None:
                raise OverBudgetError
        # An SDK retry of this very call meets its own write; no other call writes POSTING with this token.
        return lost is None or _own(lost, State.POSTING, token) is not None

    def accepted(
        self, edit_id: str, token: str, task_id: str, now: float, deadline_at: int, polling_url: str | None
    ) -> bool:
        """The task exists. Also accepted from AMBIGUOUS: a truth found late is never refused."""
        facts = {
            "task_id": task_id,
            "polling_url": polling_url,
            "submitted_at": Decimal(f"{now:.3f}"),
            "deadline_at": deadline_at,
            "spend_state": "charged",
            **_looked_at(int(now), EXECUTION_CHECK_SECONDS),
        }
        return self._take(edit_id, State.SUBMITTED, token, facts)

    def release(self, edit_id: str, token: str, now: int) -> None:
        """Provably unsent or refused: anyone may claim it again, and what it reserved is given back."""
        step = _freed(edit_id, token, now)
        lost = self.table.change(replace(step, condition=f"{step.condition} AND attribute_not_exists(#budget_day)"))
        reserved = None if lost is None else _own(lost, State.POSTING, token)
        if reserved is None:
            return
        held = replace(
            step,
            condition=f"{step.condition} AND #budget_day = :day",
            values={**step.values, ":day": reserved["budget_day"]},
            remove=(*step.remove, "budget_day"),
        )
        self.table.together(f"{token}free", held, given_back(reserved["budget_day"], reserved["usd"]))

    def give_up(self, edit_id: str, token: str, now: int) -> None:
        """Free a claim that its worker left behind; not a POST, which that worker may have begun at this moment."""
        self.table.change(_freed(edit_id, token, now, only=State.CLAIMED))

    def ambiguous(self, edit_id: str, token: str, now: int, event: str) -> bool:
        """Whether the POST was charged is unknown. `event` is the notice, as JSON."""
        facts = {"spend_state": "unknown", "event": event, **_looked_at(now, NOTICE_CHECK_SECONDS)}
        return self._take(edit_id, State.AMBIGUOUS, token, facts)

    def end(
        self, edit_id: str, task_id: str, state: State, now: int, event: str
    ) -> "NotWritten[EditRecord] | None":
        """SUCCEEDED or FAILED for this task, from any state that the task id or its own POST vouches for."""
        condition, values = _may_become(state)
        facts = {"state": state.value, "task_id": task_id, "spend_state": "charged", "event": event}
        lost = self.table.update(
            pk_of(edit_id),
            {**facts, **_looked_at(now, NOTICE_CHECK_SECONDS)},
            f"{condition} AND (#task_id = :task OR #state IN (:posting, :ambiguous))",
            {**values, ":task": task_id},
            remove=("expires_at",),
        )
        return cast("NotWritten[EditRecord] | None", lost)

    def notified(self, edit_id: str, state: State, now: int) -> None:
        """The notice of this end is out; nobody needs to look at the record any more."""
        # What may have been charged is remembered for good: forgotten, it could be paid for again.
        expires_at = None if state is State.AMBIGUOUS else now + KEPT_SECONDS
        self.table.update(
            pk_of(edit_id),
            {"notified_at": now, "expires_at": expires_at, "listed": LISTED},  # a version without a list began it
            "#state = :ended",  # one that has come to another end meanwhile has its event still to be published
            {":ended": state.value},
            remove=("open", "look_at"),
        )

    def raise_attempt(self, edit_id: str, attempt: int) -> int | None:
        """Count up the execution's number, once for all who try; the new number, or None when others did."""
        lost = self.table.update(pk_of(edit_id), {"attempt": attempt + 1}, "#attempt = :old", {":old": attempt})
        return attempt + 1 if lost is None else None

    def resume(self, edit_id: str, task_id: str, attempt: int, deadline_at: int) -> bool:
        """Give a failed edit's task another execution and deadline; it stays FAILED until a result is there."""
        lost = self.table.update(
            pk_of(edit_id),
            {"attempt": attempt + 1, "deadline_at": deadline_at},
            "#state = :failed AND #task_id = :task AND #attempt = :old",
            {":failed": State.FAILED.value, ":task": task_id, ":old": attempt},
            remove=("expires_at",),
        )
        return lost is None

    def look_again(self, edit_id: str, look_at: int) -> None:
        """Keep an open record on the index for later."""
        self.table.update(pk_of(edit_id), {"look_at": look_at}, "attribute_exists(#open)")

    def due(self, now: int, limit: int) -> "list[EditRecord]":
        return cast("list[EditRecord]", self.table.due("edit", now, limit))

    def _take(self, edit_id: str, to: State, token: str, facts: Values) -> bool:
        """A step of this token's POST; an SDK retry that meets its own write has taken it too."""
        lost = self.table.change(_step(edit_id, to, token, facts))
        return lost is None or _own(lost, to, token) is not None


def _looked_at(now: int, seconds: int) -> dict[str, object]:
    """What every step writes after which sweep must look at the edit, in so many seconds."""
    return {"updated_at": now, "open": "edit", "look_at": now + seconds}


def _step(edit_id: str, to: State, token: str, facts: Values, *, only: State | None = None) -> Change:
    """The step to this state by EDGES, if the edit is this token's; `only` from that state."""
    condition, values = _may_become(to, only=only)
    sets = {"state": to.value, **facts}
    return Change(pk_of(edit_id), sets, f"{condition} AND #token = :token", {**values, ":token": token})


def _freed(edit_id: str, token: str, now: int, *, only: State | None = None) -> Change:
    facts = {"updated_at": now, "expires_at": now + KEPT_SECONDS}
    return replace(_step(edit_id, State.RELEASED, token, facts, only=only), remove=("open", "look_at"))


def _own(lost: NotWritten[Item], state: State, token: str) -> "EditRecord | None":
    """The record that did not meet the condition, if it is this worker's own edit in that state."""
    found = lost.found
    is_it = found is not None and found.get("state") == state.value and found.get("token") == token
    return cast("EditRecord", found) if is_it else None
