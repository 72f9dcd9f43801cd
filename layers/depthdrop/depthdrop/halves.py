"""Halves: files that wait for their other half. They stand in the files' records, where submit notes them.

from     written by                      what follows
waits    submit (Files.wait)             closed by the drop that it becomes half of; else sweep looks at its time
told     sweep, before it publishes      superseded by the drop that it becomes half of
closed   sweep, submit                   this version is never looked at again

The event's id is written down before the event is published. A pair that forms at that moment, or after sweep died
between the two, finds it: better it supersedes what nobody saw than leaves standing what is no longer true.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from depthdrop.files import pk_of
from depthdrop.table import Item, Table

_OFF_THE_INDEX = ("open", "look_at")
_UNTOLD = ("told", "told_at")


@dataclass(frozen=True, slots=True)
class Halves:
    """Every write names the version that it is about, and changes nothing when another waits by now."""

    table: Table

    def due(self, now: int, limit: int) -> list[str]:
        """Keys of files whose time has come, oldest first. Eventually consistent: check again."""
        return [item["pk"].removeprefix(pk_of("")) for item in self.table.due("half", now, limit)]

    def look_again(self, key: str, look_at: int) -> None:
        self.table.update(pk_of(key), {"look_at": look_at}, "attribute_exists(#open)")

    def about_to_tell(self, key: str, half: str, event_id: str, now: int) -> bool:
        """False when this version does not wait any more."""
        lost = self.table.update(
            pk_of(key),
            {"told": event_id, "told_at": now},
            "attribute_exists(#open) AND #half = :half",
            {":half": half},
        )
        return lost is None

    def close(self, key: str, half: str) -> None:
        """Nobody looks at this version again: it was told, or is no half any more."""
        self.table.update(pk_of(key), {}, "#half = :half", {":half": half}, remove=_OFF_THE_INDEX)

    def take_back(self, before: Item, event_id: str) -> None:
        """This is not told after all. What was told of the file `before` still stands."""
        earlier = {name: before[name] for name in _UNTOLD if name in before}
        self.table.update(
            before["pk"],
            earlier,
            "#half = :half AND #told = :event",
            {":half": before["half"], ":event": event_id},
            remove=() if earlier else _UNTOLD,
        )

    def met_by(self, keys: Iterable[str]) -> tuple[Item, ...]:
        """The records of those among these files that wait, or were told."""
        found = self.table.get_many([pk_of(key) for key in keys], consistent=True)
        return tuple(item for item in found.values() if "open" in item or "told" in item)

    def pair_up(self, records: Iterable[Item]) -> None:
        """These files became a drop that has it on record what was told of them; no other drop needs to name it."""
        for record in records:
            self.table.update(
                record["pk"], {}, "#half = :half", {":half": record["half"]}, remove=_OFF_THE_INDEX + _UNTOLD
            )


def last_told(records: Iterable[Item]) -> str | None:
    """The event that a drop of these files supersedes; the later one if both were told."""
    told = [record for record in records if "told" in record]
    found: str | None = max(told, key=lambda record: record["told_at"])["told"] if told else None
    return found
