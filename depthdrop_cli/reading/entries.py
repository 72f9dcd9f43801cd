"""Interprets the table's records: entries of a list, and the moments of a drop and of its edit. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from depthdrop.records.drops import was_refused
from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord, FileRecord
from depthdrop_cli.terminal.output import usd

Moment = tuple[float, str]

_MAY_BE_CHARGED = frozenset({State.POSTING, State.AMBIGUOUS})
_UNPAID = frozenset({State.CLAIMED, State.RELEASED})


@dataclass(frozen=True, slots=True)
class Money:
    """`state` is none, charged or unknown, as in events; `usd` was, or may have been, charged."""

    state: str
    usd: Decimal

    def worded(self, none: str, charged: str, unknown: str) -> str:
        """The text for this state, with the amount in place of `{}`."""
        return {"none": none, "charged": charged}.get(self.state, unknown).format(usd(self.usd))


NO_MONEY = Money("none", Decimal(0))


@dataclass(frozen=True, slots=True)
class Entry:
    """`state` is that of the edit, or parked, refused, seen, waiting, unpaired."""

    state: str
    key: str
    created_at: int
    money: Money = NO_MONEY
    edit_id: str | None = None
    drop_id: str | None = None
    model: str | None = None
    note: str = ""


def money_of(edit: EditRecord | None) -> Money:
    """What this edit cost. A request that is still running may be charged."""
    if edit is not None and edit["state"] in _MAY_BE_CHARGED:
        return Money("unknown", Decimal(edit["usd"]))
    if edit is not None and edit.get("spend_state") == "charged":
        return Money("charged", Decimal(edit["usd"]))
    return NO_MONEY


def data_of(edit: EditRecord | None) -> dict[str, Any]:
    """The payload of the edit's event; empty until the edit has ended."""
    data: dict[str, Any] = json.loads(edit["event"])["data"] if edit is not None and "event" in edit else {}
    return data


def state_of(drop: DropRecord | None, edit: EditRecord | None) -> str:
    """The edit's state, or parked while its drop is parked. Without an edit: parked or seen."""
    if drop is not None and "parked" in drop and (edit is None or edit["state"] == State.RELEASED):
        return "parked"
    return "seen" if edit is None else str(edit["state"]).lower()


def state_of_drop(drop: DropRecord, edit: EditRecord | None = None) -> str:
    """Refused, or the state of its edit."""
    return "refused" if "refusal" in drop else state_of(drop, edit)


def is_left(edit: EditRecord, drop: DropRecord | None) -> bool:
    """Whether an uncharged edit is abandoned: its drop was refused, or now uses another model."""
    if drop is None or not (edit["state"] in _UNPAID or was_refused(drop, edit)):
        return False
    return "refusal" in drop or drop.get("edit_id") != edit["edit_id"]


def is_below(key: str, folder: str | None) -> bool:
    """Whether the key is in this folder or below it. Slashes at the ends are ignored."""
    wanted = (folder or "").strip("/")
    return not wanted or key.lstrip("/").startswith(f"{wanted}/")


def entries_of(records: Iterable[Any]) -> list[Entry]:
    """Entries of edit, drop and file records, the latest first."""
    items = list(records)
    drops = {item["drop_id"]: item for item in items if item["pk"].startswith("drop#")}
    edits = {
        item["edit_id"]: item
        for item in items
        if item["pk"].startswith("edit#") and not is_left(item, drops.get(item["drop_id"]))
    }
    found = [edit_entry(edit, drops.get(edit["drop_id"])) for edit in edits.values()]
    found += [drop_entry(drop) for drop in drops.values() if "refusal" in drop or drop.get("edit_id") not in edits]
    found += filter(None, (file_entry(item) for item in items if item["pk"].startswith("file#")))
    return sorted(found, key=lambda entry: (-entry.created_at, entry.key))


def edit_entry(edit: EditRecord, drop: DropRecord | None) -> Entry:
    state, error = state_of(drop, edit), data_of(edit).get("error", {})
    note = drop["parked"] if drop is not None and state == "parked" else error.get("code", "")
    return _entry(edit, state, note, money_of(edit))


def drop_entry(drop: DropRecord) -> Entry:
    note = json.loads(drop["refusal"])["code"] if "refusal" in drop else drop.get("parked", "")
    return _entry(drop, state_of_drop(drop), note)


def _entry(record: Any, state: str, note: str, money: Money = NO_MONEY) -> Entry:
    known = {name: record.get(name) for name in ("edit_id", "drop_id", "model")}
    return Entry(state, record["image_key"], int(record["created_at"]), money, note=note, **known)


def file_entry(file: FileRecord) -> Entry | None:
    """Waiting for its counterpart, or reported as unpaired; None for a file recorded for another reason."""
    state = "waiting" if file.get("open") == "half" else "unpaired"
    if state == "unpaired" and "told" not in file:
        return None
    # Records written before the list existed have the time under another name.
    created_at = file["created_at"] if "created_at" in file else file.get("half_modified", 0)
    return Entry(state, file["pk"].removeprefix("file#"), int(created_at))


def timeline(drop: DropRecord | None, edit: EditRecord | None) -> list[Moment]:
    """Past moments in order: epoch seconds and what happened then."""
    moments = [*_of_drop(drop or {}), *_of_edit(edit or {})]
    return sorted(moments, key=lambda moment: moment[0])


def _of_drop(drop: Any) -> list[Moment]:
    checked = "refused, nothing was charged" if "refusal" in drop else "settings were read and checked"
    words = {
        "image_last_modified": "the picture was dropped",
        "created_at": checked,
        "notified_at": "this drop's owner was notified",
    }
    return [(drop[name], word) for name, word in words.items() if name in drop]


def _of_edit(edit: Any) -> list[Moment]:
    words = {"created_at": "claimed", "posted_at": "the paid request went out"}
    found: list[Moment] = [(edit[name], word) for name, word in words.items() if name in edit]
    if "submitted_at" in edit:
        word = f"accepted as task {edit['task_id']}, {usd(edit['usd'])} charged"
        found.append((float(edit["submitted_at"]), word))
    ended = 0.0
    if "event" in edit:
        event = json.loads(edit["event"])
        ended = datetime.fromisoformat(event["time"]).timestamp()
        found.append((ended, event["type"].split(".")[2]))
    if "notified_at" in edit:  # in whole seconds: within the same second the end came first
        notified = edit["notified_at"]
        found.append((ended if notified == int(ended) else notified, "notified"))
    if edit.get("state") == State.RELEASED:
        found.append((edit["updated_at"], "released: nothing was charged for this try"))
    return found
