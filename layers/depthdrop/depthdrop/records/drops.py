"""Drop records: what one act of dropping was resolved to, written once, so that a redelivery buys nothing new.

The one thing that changes is the edit that a drop asks for, once at most, when a fallback takes a model's place.

A drop is on the index of open records from its first write until its owner was notified or its edit is in other
hands: its own message leads to the key, and the file there may have been replaced meanwhile.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from depthdrop.records.table import KEPT_SECONDS, LISTED, Table

if TYPE_CHECKING:
    from depthdrop.records.types import DeadLetterRecord, DropRecord, EditRecord, NewDrop, Resolved

# Why a drop is parked, besides the upstream's own refusals (post_outcome.Refused).
NO_SLOT = "no_slot"
UNREACHABLE = "upstream_unreachable"
BUDGET = "budget_reached"

RECORDED_CHECK_SECONDS = 900  # how soon sweep sends a recorded drop again; the queue's redelivery comes first
OVER_BUDGET = "over_budget"  # apart from the others on the index: no passing of time makes these due
_PARKED = ("parked", "parked_message", "open", "look_at")


def pk_of(drop_id: str) -> str:
    return f"drop#{drop_id}"


def has_left(drop: "DropRecord | None", edit_id: str) -> bool:
    """Whether the drop asks for another edit by now."""
    return drop is not None and drop.get("fell_back_from") == edit_id


def still_asks(drop: "DropRecord | None", edit_id: str) -> bool:
    """Whether nobody has refused the drop meanwhile, or pointed it to another edit."""
    return drop is not None and "refusal" not in drop and not has_left(drop, edit_id)


def was_refused(drop: "DropRecord | None", edit: "EditRecord") -> bool:
    """Whether the drop proves that this very POST of the edit was refused: it fell back then, or ended."""
    if drop is None:
        return False
    fell_back_after = drop["refused_token"] if has_left(drop, edit["edit_id"]) else None
    return edit["token"] in {fell_back_after, drop.get("refusal_token")}


@dataclass(frozen=True, slots=True)
class Drops:
    table: Table

    def get(self, drop_id: str) -> "DropRecord | None":
        return cast("DropRecord | None", self.table.get(pk_of(drop_id)))

    def record(self, drop_id: str, now: int, facts: "NewDrop") -> "tuple[DropRecord, bool]":
        """Write the drop once; the second caller gets what the first wrote. And whether this call was the first."""
        item = {
            "pk": pk_of(drop_id),
            "drop_id": drop_id,
            "created_at": now,
            "listed": LISTED,
            **_recorded(now),
            "expires_at": now + KEPT_SECONDS,
            **facts,
        }
        lost = self.table.put(item, "attribute_not_exists(pk)")
        known = item if lost is None or lost.found is None else lost.found
        return cast("DropRecord", known), lost is None

    def park(
        self, drop_id: str, reason: str, message: str, not_before: int, times: int = 1, busy: int | None = None
    ) -> None:
        """Try the drop again at `not_before`, or when the budget has room; the record keeps it, not its message.

        `times` counts how often it was parked, `busy` how often the upstream was busy; None leaves that as it is.
        A refused drop has ended: a slower worker, for whom it could wait, comes too late.
        """
        self.table.update(
            pk_of(drop_id),
            {
                "parked": reason,
                "parked_message": message,
                "parked_times": times,
                "busy_times": busy,
                "open": OVER_BUDGET if reason == BUDGET else "parked",
                "look_at": not_before,
                "expires_at": not_before + KEPT_SECONDS,
            },
            "attribute_exists(pk) AND attribute_not_exists(#refusal)",
        )

    def fall_back(self, drop_id: str, edit_id: str, token: str, now: int, facts: "Resolved") -> bool:
        """Point the drop to another edit, whose facts these are: the POST under this token was refused.

        False when the drop was refused meanwhile. From now on the drop proves that the refused POST cost nothing.
        """
        lost = self.table.update(
            pk_of(drop_id),
            {**facts, "fell_back_from": edit_id, "refused_token": token, **_recorded(now)},
            "#edit_id = :left AND attribute_not_exists(#refusal)",
            {":left": edit_id},
            remove=("parked", "parked_message"),
        )
        # An SDK retry of this very call meets its own write; no other call writes this token.
        return lost is None or (lost.found is not None and lost.found.get("refused_token") == token)

    def unpark(self, drop_id: str) -> None:
        """The drop is in the hands of its edit, which is in the list now; nobody needs to send it again."""
        on_an_index = "attribute_exists(#open) OR attribute_exists(#listed)"
        self.table.update(pk_of(drop_id), {}, on_an_index, remove=(*_PARKED, "listed"))

    def give_up(self, drop_id: str) -> None:
        """The drop is beyond help; nobody needs to send it again."""
        self.table.update(pk_of(drop_id), {}, "attribute_exists(#open)", remove=_PARKED)

    def due(self, now: int, limit: int) -> "list[DropRecord]":
        return cast("list[DropRecord]", self.table.due("parked", now, limit))

    def over_budget(self, now: int, limit: int) -> "list[DropRecord]":
        """Drops that are parked until the budget has room, the oldest first."""
        return cast("list[DropRecord]", self.table.due(OVER_BUDGET, now, limit))

    def may_go_on(self, drop_id: str, now: int) -> bool:
        """The budget has room again: the drop is due. False when it is parked no more, or for another reason."""
        due = {"open": "parked", "look_at": now}
        return self.table.update(pk_of(drop_id), due, "#open = :over", {":over": OVER_BUDGET}) is None

    def look_again(self, drop_id: str, now: int, look_at: int) -> bool:
        """Put off a due drop, as its release may be lost; False when others have released or ended it."""
        is_due = "attribute_exists(#open) AND #look_at <= :now"
        return self.table.update(pk_of(drop_id), {"look_at": look_at}, is_due, {":now": now}) is None

    def mark(self, drop_id: str, name: str, now: int) -> None:
        """Note a moment in the drop's life, such as `notified_at`."""
        self.table.update(pk_of(drop_id), {name: now}, "attribute_exists(pk)")

    def mark_notified(self, drop_id: str, now: int) -> bool:
        """The drop's owner knows why it was not paid for; nothing is left to do. False when others were first."""
        condition = "attribute_exists(pk) AND attribute_not_exists(#notified_at)"
        facts = {"notified_at": now, "listed": LISTED}  # a version without a list may have recorded it
        return self.table.update(pk_of(drop_id), facts, condition, remove=_PARKED) is None

    def dead_letter_reported(self, drop_id: str) -> bool:
        """Whether this drop's dead letter had its event before; the drop may have no record of its own."""
        return self.table.get(f"dead#{drop_id}") is not None

    def mark_dead_letter_reported(self, drop_id: str, now: int, until: int) -> None:
        """The event was published: written after it, so that an event that failed is repeated."""
        mark: DeadLetterRecord = {"pk": f"dead#{drop_id}", "drop_id": drop_id, "seen_at": now, "expires_at": until}
        self.table.put(mark, "attribute_not_exists(pk)")

    def supersede(self, drop_id: str, event_id: str) -> None:
        """What this drop comes to after all corrects that event."""
        self.table.update(pk_of(drop_id), {"supersedes": event_id}, "attribute_exists(pk)")

    def refuse(self, drop_id: str, refusal: str, post_token: str | None = None) -> None:
        """What we found good cannot be bought: the drop ends with a receipt, nothing was charged.

        It stays on the index until its owner is notified. `post_token`: the POST under this token was refused;
        from now on the drop proves that it cost nothing.
        """
        facts = {"refusal": refusal, "refusal_token": post_token}
        self.table.update(pk_of(drop_id), facts, "attribute_exists(pk)", remove=("parked", "parked_message"))


def _recorded(now: int) -> dict[str, object]:
    """Puts a drop on the index of open records until its own message has brought it on."""
    return {"open": "parked", "look_at": now + RECORDED_CHECK_SECONDS}
