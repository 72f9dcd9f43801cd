"""The moments of a drop and of its edit, from their records. Pure."""

import json
from datetime import datetime
from typing import Any

from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.terminal.output import usd

Moment = tuple[float, str]


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
