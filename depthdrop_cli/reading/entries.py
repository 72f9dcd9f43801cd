"""What the table's records come to, one entry for each edit, for each drop without one and for each half. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from depthdrop.records.drops import was_refused
from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord, FileRecord

_NOTHING = Decimal(0)
_MAY_BE_UNDER_WAY = frozenset({State.POSTING, State.AMBIGUOUS})
_UNPAID = frozenset({State.CLAIMED, State.RELEASED})


@dataclass(frozen=True, slots=True)
class Money:
    """`state` as events have it: none, charged or unknown; `usd` is what was, or may have been, charged."""

    state: str
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """`state` is an edit's own, or parked, refused, seen, waiting, unpaired."""

    state: str
    key: str
    created_at: int
    money: Money
    edit_id: str | None = None
    drop_id: str | None = None
    model: str | None = None
    note: str = ""


NO_MONEY = Money("none", _NOTHING)


def money_of(edit: EditRecord | None) -> Money:
    """What this edit has cost. A request that is under way may be charged."""
    if edit is None:
        return NO_MONEY
    if edit["state"] in _MAY_BE_UNDER_WAY:
        return Money("unknown", Decimal(edit["usd"]))
    if edit.get("spend_state") == "charged":
        return Money("charged", Decimal(edit["usd"]))
    return NO_MONEY


def error_of(edit: EditRecord) -> dict[str, str] | None:
    """What its event says went wrong."""
    error: dict[str, str] | None = json.loads(edit["event"])["data"].get("error") if "event" in edit else None
    return error


def is_left(edit: EditRecord, drop: DropRecord | None) -> bool:
    """Nothing was charged for it, and its drop asks for it no more: it was refused, or took another model."""
    if drop is None or not (edit["state"] in _UNPAID or was_refused(drop, edit)):
        return False
    return "refusal" in drop or drop.get("edit_id") != edit["edit_id"]


def is_below(key: str, folder: str | None) -> bool:
    """In this folder or in one below it; slashes at the ends of either say nothing."""
    wanted = (folder or "").strip("/")
    return not wanted or key.lstrip("/").startswith(f"{wanted}/")


def entries_of(records: Iterable[Any]) -> list[Entry]:
    """From records of edits, drops and files, the latest first."""
    known = list(records)
    drops = {item["drop_id"]: item for item in known if item["pk"].startswith("drop#")}
    edits = {
        item["edit_id"]: item
        for item in known
        if item["pk"].startswith("edit#") and not is_left(item, drops.get(item["drop_id"]))
    }
    found = [_of_edit(edit, drops.get(edit["drop_id"])) for edit in edits.values()]
    found += [_of_drop(drop) for drop in drops.values() if "refusal" in drop or drop.get("edit_id") not in edits]
    found += [_of_file(item) for item in known if item["pk"].startswith("file#") and _is_half(item)]
    return sorted(found, key=lambda entry: (-entry.created_at, entry.key))


def _of_edit(edit: EditRecord, drop: DropRecord | None) -> Entry:
    error = error_of(edit)
    state, note = edit["state"].lower(), "" if error is None else error["code"]
    if edit["state"] == State.RELEASED and drop is not None and "parked" in drop:
        state, note = "parked", drop["parked"]
    return Entry(
        state=state,
        key=edit["image_key"],
        created_at=int(edit["created_at"]),
        money=money_of(edit),
        edit_id=edit["edit_id"],
        drop_id=edit["drop_id"],
        model=edit["model"],
        note=note,
    )


def _of_drop(drop: DropRecord) -> Entry:
    state, note = "seen", ""
    if "refusal" in drop:
        state, note = "refused", json.loads(drop["refusal"])["code"]
    elif "parked" in drop:
        state, note = "parked", drop["parked"]
    return Entry(
        state=state,
        key=drop["image_key"],
        created_at=int(drop["created_at"]),
        money=NO_MONEY,
        edit_id=drop.get("edit_id"),
        drop_id=drop["drop_id"],
        note=note,
    )


def came_at(file: FileRecord) -> int:
    """When this half came; files of a version without a list say it by another name."""
    return int(file["created_at"] if "created_at" in file else file.get("half_modified", 0))


def _is_half(file: FileRecord) -> bool:
    return file.get("open") == "half" or "told" in file


def _of_file(file: FileRecord) -> Entry:
    state = "waiting" if file.get("open") == "half" else "unpaired"
    return Entry(state, file["pk"].removeprefix("file#"), came_at(file), NO_MONEY)
