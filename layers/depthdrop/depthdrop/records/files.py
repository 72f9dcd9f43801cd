"""What is remembered of one file in the inbox, by its key: a `FileRecord`, beside the drops, which are acts.

The life of an unpaired file:

from      written by                      what follows
waits     submit (Files.wait)             closed by the drop that it becomes part of; else sweep looks at its time
telling   sweep, before it publishes      published, in this round or in a later one
told      sweep, when it has published    superseded by the drop that it becomes part of
paired    submit, while it is reporting   published even so: the drop supersedes it, and it the last report
closed    sweep, submit                   this version is never looked at again

A report is recorded before it is published, and once recorded it is published, whatever comes between: it may
have been seen already. So each report is superseded by the next one of its file, or by a drop.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from depthdrop.drop.pairing import InboxObject
from depthdrop.records.table import KEPT_SECONDS, LISTED, Table

if TYPE_CHECKING:
    from depthdrop.records.types import FileRecord

_NAMED_BY_MAX = 20  # pictures that a map brings back when it is dropped: as many as one invocation can process
_TRIES = 5
# A version is noted once, and never in the place of a newer one that a faster worker has seen.
_IS_NEWER = (
    "attribute_not_exists(#half) OR #half_modified < :modified OR (#half_modified = :modified AND #half <> :half)"
)
_OFF_THE_INDEX, _LISTED = ("open", "look_at"), ("listed", "created_at")
_TELLING, _REPORTED = ("telling", "telling_at"), ("told", "told_at")


def pk_of(key: str) -> str:
    return f"file#{key}"  # 1,029 bytes at most; DynamoDB takes 2,048


def version_of(file: InboxObject) -> str:
    return f"{file.etag} {file.last_modified}"


@dataclass(frozen=True, slots=True)
class Files:
    """Every write names the version that it is about, and changes nothing if another version waits by now."""

    table: Table

    def get(self, key: str) -> "FileRecord":
        """The record; it has nothing but its key when nothing is remembered."""
        return cast("FileRecord | None", self.table.get(pk_of(key))) or {"pk": pk_of(key)}

    def wait(self, file: InboxObject, look_at: int) -> tuple[str, ...]:
        """Record that this version waits for its counterpart, unless pictures name it as their depth map: those.

        One conditional write answers and notes; a version that was noted before keeps its time. At `look_at` sweep
        reports it if it still waits.
        """
        lost = self.table.update(
            pk_of(file.key),
            {**_waiting(file, look_at), "expires_at": look_at + KEPT_SECONDS},
            f"attribute_not_exists(#named_by) AND ({_IS_NEWER})",
            _version_values(file),
        )
        return () if lost is None or lost.found is None else tuple(lost.found.get("named_by", ()))

    def wait_even_if_named(self, file: InboxObject, look_at: int) -> None:
        """As `wait`, for a file that no settings name any more; by whom it was named is not forgotten."""
        self.table.update(pk_of(file.key), _waiting(file, look_at), _IS_NEWER, _version_values(file))

    def name(self, map_key: str, image_key: str) -> None:
        """This picture's settings name that file as its depth map. The latest twenty that did are kept."""
        known = self.get(map_key).get("named_by", [])
        for _ in range(_TRIES):
            if image_key in known:
                return
            lost = self.table.update(
                pk_of(map_key),
                {"named_by": [*known, image_key][-_NAMED_BY_MAX:]},
                "#named_by = :known" if known else "attribute_not_exists(#named_by)",
                {":known": known} if known else {},
                remove=("expires_at",),  # it may have waited as unpaired, and such records expire
            )
            if lost is None:
                return
            known = (lost.found or {}).get("named_by", [])
        raise TimeoutError(f"others kept naming {map_key!r} at the same moment")

    def receipt_left(self, key: str) -> None:
        self.table.update(pk_of(key), {"receipt": True}, "attribute_not_exists(#receipt)")

    def receipt_gone(self, key: str) -> None:
        self.table.update(pk_of(key), {}, "attribute_exists(#receipt)", remove=("receipt",))

    def due(self, now: int, limit: int) -> list[str]:
        """Keys of files whose time has come, oldest first. Eventually consistent: check again."""
        return [item["pk"].removeprefix(pk_of("")) for item in self.table.due("half", now, limit)]

    def look_again(self, key: str, look_at: int) -> None:
        self.table.update(pk_of(key), {"look_at": look_at}, "attribute_exists(#open)")

    def about_to_report(self, key: str, version: str, report: str, now: int) -> bool:
        """Write the report down. False when this version does not wait any more, or sweep is telling already."""
        same = "attribute_exists(#open) AND #half = :half AND attribute_not_exists(#telling)"
        facts = {"telling": report, "telling_at": now}
        return self.table.update(pk_of(key), facts, same, {":half": version}) is None

    def close(self, key: str, version: str) -> None:
        """Sweep does not look at this version again: it was reported and stays in the list, or is paired."""
        same, values = "#half = :half", {":half": version}
        was_reported = f"{same} AND attribute_exists(#told)"
        if self.table.update(pk_of(key), {}, was_reported, values, remove=_OFF_THE_INDEX) is not None:
            self.table.update(pk_of(key), {}, same, values, remove=_OFF_THE_INDEX + _LISTED)

    def take_back(self, key: str, report: str) -> None:
        """Nobody has seen this: it is not reported after all, unless a drop supersedes it by now."""
        unpaired = "#telling = :report AND attribute_not_exists(#paired)"
        self.table.update(pk_of(key), {}, unpaired, {":report": report}, remove=_TELLING)

    def mark_notified(self, record: "FileRecord", event_id: str) -> None:
        """The report of this record was published. A drop that has superseded it leaves nothing to remember."""
        is_report, values = "#telling = :report", {":report": record["telling"]}
        facts = {"told": event_id, "told_at": record["telling_at"], "listed": LISTED}
        if "created_at" not in record:  # a version without a list recorded this file
            facts["created_at"] = record["telling_at"]
        no_drop = f"{is_report} AND attribute_not_exists(#paired)"
        if self.table.update(record["pk"], facts, no_drop, values, remove=_TELLING) is not None:
            self.table.update(record["pk"], {}, is_report, values, remove=(*_TELLING, *_REPORTED, "paired"))

    def dead_letter_reported(self, image_key: str, event_id: str, now: int) -> None:
        """This picture's drop has no record, so its next drop must supersede the event that was published."""
        facts = {"told": event_id, "told_at": now, "listed": LISTED, "created_at": now}
        ends = {**facts, "expires_at": now + KEPT_SECONDS}
        if self.table.update(pk_of(image_key), ends, "attribute_not_exists(#named_by)") is not None:
            self.table.update(pk_of(image_key), facts, "attribute_exists(#named_by)")

    def met_by(self, keys: Iterable[str]) -> "tuple[FileRecord, ...]":
        """The records of those among these files that wait, or were reported."""
        found = self.table.get_many([pk_of(key) for key in keys], consistent=True)
        return tuple(cast("FileRecord", item) for item in found.values() if "open" in item or "told" in item)

    def pair_up(self, records: "Iterable[FileRecord]") -> None:
        """These files became a drop that has the reports about them on record; no other drop needs to name it."""
        for record in records:
            if "telling" in record:
                values = {":half": record["half"], ":report": record["telling"]}
                self.table.update(record["pk"], {"paired": True}, "#half = :half AND #telling = :report", values)
            else:
                name, same = ("half", record["half"]) if "half" in record else ("told", record["told"])
                off = _OFF_THE_INDEX + _REPORTED + _LISTED
                self.table.update(record["pk"], {}, f"#{name} = :same", {":same": same}, remove=off)


def _waiting(file: InboxObject, look_at: int) -> dict[str, object]:
    version = {"half": version_of(file), "half_modified": file.last_modified, "created_at": file.last_modified}
    return {**version, "open": "half", "look_at": look_at, "listed": LISTED}


def _version_values(file: InboxObject) -> dict[str, object]:
    return {":half": version_of(file), ":modified": file.last_modified}


def last_reported(records: "Iterable[FileRecord]") -> str | None:
    """The event that a drop of these files supersedes; the later one if both were reported."""
    reports = [report for record in records if (report := _last_report(record)) is not None]
    return max(reports)[1] if reports else None


def _last_report(record: "FileRecord") -> tuple[int, str] | None:
    """When and what: a report that is about to be published, if no drop has superseded it, or the last that was."""
    if "telling" in record:
        return None if "paired" in record else (record["telling_at"], json.loads(record["telling"])["id"])
    return (record["told_at"], record["told"]) if "told" in record else None
