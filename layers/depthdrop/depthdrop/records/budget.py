"""The day's budget: reserved with the step to POSTING, given back with the step to RELEASED.

One record for each UTC day, `budget#2026-11-22`, whose `reserved_usd` never passes the limit. What may have been
charged stays reserved. A limit of 0 is none: nothing is reserved then.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from depthdrop.records.table import KEPT_SECONDS, Change, Table

if TYPE_CHECKING:
    from depthdrop.records.types import BudgetRecord, Usd

NOTICE_CHECK_SECONDS = 300  # how soon sweep looks whether the owner was notified
_OPEN = "budget"
_DAYS = 10  # in one round of sweep


class OverBudgetError(Exception):
    """The day's budget has no room for this request; nothing was written."""


def pk_of(day: str) -> str:
    return f"budget#{day}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """The price of one paid request, to be kept of a day's budget. US dollars."""

    day: str
    usd: Decimal
    limit_usd: Decimal
    expires_at: int

    def change(self) -> Change:
        """Part of the step to POSTING. Raises OverBudgetError when the price alone is over the limit."""
        if self.usd > self.limit_usd:
            raise OverBudgetError
        return Change(
            pk_of(self.day),
            {"day": self.day, "expires_at": self.expires_at},
            "attribute_not_exists(#reserved_usd) OR #reserved_usd <= :room",
            {":room": self.limit_usd - self.usd},
            add={"reserved_usd": self.usd},
        )


def given_back(day: str, usd: "Usd") -> Change:
    """Part of the step to RELEASED of an edit that had reserved so much."""
    return Change(pk_of(day), {}, add={"reserved_usd": -Decimal(usd)})


@dataclass(frozen=True, slots=True)
class Budget:
    """`limit_usd` is for one UTC day. Times are epoch seconds."""

    table: Table
    limit_usd: Decimal

    def reservation(self, usd: Decimal, now: int) -> Reservation | None:
        """What a request at this moment must reserve; None without a limit."""
        return Reservation(day_of(now), usd, self.limit_usd, now + KEPT_SECONDS) if self.limit_usd else None

    def room(self, now: int) -> Decimal | None:
        """US dollars that today's requests may still cost; None without a limit, negative after it was lowered."""
        return self.limit_usd - self.reserved(now) if self.limit_usd else None

    def reserved(self, now: int) -> Decimal:
        """US dollars that today's requests have cost or may cost."""
        record = self.table.get(pk_of(day_of(now))) or {}
        reserved: Decimal = record.get("reserved_usd", Decimal(0))
        return reserved

    def reach(self, now: int, event: str) -> bool:
        """Note that today's limit was reached. `event` is its notice, JSON; True if the caller is to publish it."""
        facts = {"day": day_of(now), "reached_limit_usd": self.limit_usd, "event": event, "open": _OPEN}
        times = {"look_at": now + NOTICE_CHECK_SECONDS, "expires_at": now + KEPT_SECONDS}
        is_new = "attribute_not_exists(#reached_limit_usd) OR #reached_limit_usd <> :limit"
        lost = self.table.update(pk_of(day_of(now)), {**facts, **times}, is_new, {":limit": self.limit_usd})
        return lost is None

    def mark_notified(self, day: str) -> None:
        """The owner knows; nobody needs to look at the record any more."""
        self.table.update(pk_of(day), {}, "attribute_exists(#open)", remove=("open", "look_at"))

    def unnotified(self, now: int) -> "list[BudgetRecord]":
        """Days whose notice is not confirmed."""
        found = (self.table.get(one["pk"]) for one in self.table.due(_OPEN, now, _DAYS))
        return [cast("BudgetRecord", one) for one in found if one and "open" in one]  # the index may be behind


def day_of(now: float) -> str:
    """The UTC day, as 2026-11-22."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def budget_text(day: str, limit_usd: Decimal, reserved_usd: Decimal, price_usd: Decimal) -> str:
    """Why a drop of this price waits."""
    if price_usd > limit_usd:
        return f"The price of ${price_usd} is above the whole budget of ${limit_usd} for a day."
    left = f"Of the budget of ${limit_usd} for {day} (UTC), ${reserved_usd} is spent or reserved"
    return f"{left}; this drop costs ${price_usd}."
