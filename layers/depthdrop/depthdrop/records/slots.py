"""Slots: N places for edits active upstream, each a lease held by name.

Taken for as long as a POST may be unsettled, extended to the deadline once the task is recorded. Only its
holder extends or gives back a slot; a slot whose lease is over is free. Taking never shortens a lease: a worker
that woke up late would give away the slot that its edit's next worker holds.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from depthdrop.records.table import Table

if TYPE_CHECKING:
    from depthdrop.records.types import SlotRecord

SLOT_MARGIN_SECONDS = 600  # a slot outlives what it is held for: two rounds of sweep, which extends it


def slot_pk(number: int) -> str:
    return f"slot#{number:02d}"


def holder_of(edit_id: str, token: str) -> str:
    """The name a slot is held under: the claim's, because the edit's next claim may hold that very slot."""
    return f"{edit_id}:{token}"


@dataclass(frozen=True, slots=True)
class Slots:
    """`count` places in the edits table. Times are epoch seconds."""

    table: Table
    count: int
    shuffle: Callable[[list[str]], None] = random.shuffle

    def take(self, holder: str, now: int, lease_until: int) -> str | None:
        """A free slot's key, or None when all are held. Taking again what one holds extends it."""
        held = self._held()
        own = [pk for pk, item in held.items() if item["holder"] == holder]
        free = [pk for pk in self._all() if pk not in held or held[pk]["lease_until"] < now]
        self.shuffle(free)
        for pk in (*own, *free):
            record: SlotRecord = {"pk": pk, "holder": holder, "lease_until": lease_until}
            lost = self.table.put(
                record,
                "attribute_not_exists(pk) OR #lease_until < :now"
                " OR (#holder = :holder AND #lease_until <= :lease_until)",
                {":now": now, ":holder": holder, ":lease_until": lease_until},
            )
            if lost is None or (lost.found is not None and lost.found["holder"] == holder):
                return pk
        return None

    def in_use(self, now: int) -> int:
        """How many are held. Eventually consistent: for the eye, not for a decision."""
        return sum(item["lease_until"] >= now for item in self._held().values())

    def _held(self) -> "dict[str, SlotRecord]":
        return cast("dict[str, SlotRecord]", self.table.get_many(self._all()))

    def _all(self) -> list[str]:
        return [slot_pk(number) for number in range(self.count)]

    def extend(self, slot: str, holder: str, lease_until: int) -> None:
        self.table.update(slot, {"lease_until": lease_until}, "#holder = :holder", {":holder": holder})

    def give_back(self, slot: str, holder: str) -> None:
        self.table.delete(slot, "#holder = :holder", {":holder": holder})
