"""Halves: files that wait for their other half. They stand in the files' records, where submit notes them.

from      written by                      what follows
waits     submit (Files.wait)             closed by the drop that it becomes half of; else sweep looks at its time
telling   sweep, before it publishes      published, in this round or in a later one
told      sweep, when it has published    superseded by the drop that it becomes half of
paired    submit, while it is telling     published all the same: the drop supersedes it, and it what was told last
closed    sweep, submit                   this version is never looked at again

A report is written down before it is published, and what was written down is published, whatever comes between: it
may have been seen already. So each is superseded by the next of its file or by a drop, and none is left standing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from depthdrop.records.files import pk_of
from depthdrop.records.table import KEPT_SECONDS, LISTED, Item, Table

_OFF_THE_INDEX = ("open", "look_at")
_TELLING = ("telling", "telling_at")
_TOLD = ("told", "told_at")
_LISTED = ("listed", "created_at")
_PAIRED = (*_OFF_THE_INDEX, *_TOLD, *_LISTED)


@dataclass(frozen=True, slots=True)
class Halves:
    """Every write names the version that it is about, and changes nothing when another waits by now."""

    table: Table

    def due(self, now: int, limit: int) -> list[str]:
        """Keys of files whose time has come, oldest first. Eventually consistent: check again."""
        return [item["pk"].removeprefix(pk_of("")) for item in self.table.due("half", now, limit)]

    def look_again(self, key: str, look_at: int) -> None:
        self.table.update(pk_of(key), {"look_at": look_at}, "attribute_exists(#open)")

    def about_to_tell(self, key: str, half: str, report: str, now: int) -> bool:
        """Write the report down. False when this version does not wait any more, or sweep is telling already."""
        lost = self.table.update(
            pk_of(key),
            {"telling": report, "telling_at": now},
            "attribute_exists(#open) AND #half = :half AND attribute_not_exists(#telling)",
            {":half": half},
        )
        return lost is None

    def close(self, key: str, half: str) -> None:
        """Nobody looks at this version again: it was told, and stays in the list, or is no half any more."""
        is_half, values = "#half = :half", {":half": half}
        was_told = f"{is_half} AND attribute_exists(#told)"
        if self.table.update(pk_of(key), {}, was_told, values, remove=_OFF_THE_INDEX) is not None:
            self.table.update(pk_of(key), {}, is_half, values, remove=_OFF_THE_INDEX + _LISTED)

    def take_back(self, key: str, report: str) -> None:
        """Nobody has seen this: it is not told after all, unless a drop supersedes it by now."""
        self.table.update(
            pk_of(key),
            {},
            "#telling = :report AND attribute_not_exists(#paired)",
            {":report": report},
            remove=_TELLING,
        )

    def told(self, record: Item, event_id: str) -> None:
        """The report of this record was published. A drop that has superseded it leaves nothing to remember."""
        is_report, values = "#telling = :report", {":report": record["telling"]}
        facts = {"told": event_id, "told_at": record["telling_at"], "listed": LISTED}
        if "created_at" not in record:  # a version without a list noted this half
            facts["created_at"] = record["telling_at"]
        no_drop = f"{is_report} AND attribute_not_exists(#paired)"
        if self.table.update(record["pk"], facts, no_drop, values, remove=_TELLING) is not None:
            self.table.update(record["pk"], {}, is_report, values, remove=(*_TELLING, *_TOLD, "paired"))

    def dead_letter_told(self, image_key: str, event_id: str, now: int) -> None:
        """The drop of this picture that was told has no record, so the next drop of it is to supersede that."""
        facts = {"told": event_id, "told_at": now, "listed": LISTED, "created_at": now}
        forgotten = {"expires_at": now + KEPT_SECONDS}
        if self.table.update(pk_of(image_key), facts | forgotten, "attribute_not_exists(#named_by)") is not None:
            self.table.update(pk_of(image_key), facts, "attribute_exists(#named_by)")

    def met_by(self, keys: Iterable[str]) -> tuple[Item, ...]:
        """The records of those among these files that wait, or were told."""
        found = self.table.get_many([pk_of(key) for key in keys], consistent=True)
        return tuple(item for item in found.values() if "open" in item or "told" in item)

    def pair_up(self, records: Iterable[Item]) -> None:
        """These files became a drop that has it on record what was told of them; no other drop needs to name it."""
        for record in records:
            if "telling" in record:
                same = {":half": record["half"], ":report": record["telling"]}
                self.table.update(record["pk"], {"paired": True}, "#half = :half AND #telling = :report", same)
            else:
                same = {":half": record["half"]} if "half" in record else {":told": record["told"]}
                name = next(iter(same)).removeprefix(":")
                self.table.update(record["pk"], {}, f"#{name} = :{name}", same, remove=_PAIRED)


def last_told(records: Iterable[Item]) -> str | None:
    """The event that a drop of these files supersedes; the later one if both were told."""
    reports = [report for record in records if (report := _last_report(record)) is not None]
    return max(reports)[1] if reports else None


def _last_report(record: Item) -> tuple[int, str] | None:
    """When and what: a report that is about to be told, if no drop has superseded it, or the last that was."""
    if "telling" in record:
        return None if "paired" in record else (record["telling_at"], json.loads(record["telling"])["id"])
    return (record["told_at"], record["told"]) if "told" in record else None
