"""The moments in the life of a drop and of its edit, as their records tell them. Pure."""

import json
from datetime import datetime

from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.terminal.output import usd

Moment = tuple[float, str]


def timeline(drop: DropRecord | None, edit: EditRecord | None) -> list[Moment]:
    """Epoch seconds and what happened then, in order. What is to come is not in it."""
    moments = [*([] if drop is None else _of_drop(drop)), *([] if edit is None else _of_edit(edit))]
    return sorted(moments, key=lambda moment: moment[0])


def _of_drop(drop: DropRecord) -> list[Moment]:
    found: list[Moment] = []
    if "image_last_modified" in drop:
        found.append((drop["image_last_modified"], "the picture was dropped"))
    if "created_at" in drop:
        word = "refused, nothing was charged" if "refusal" in drop else "settings were read and checked"
        found.append((drop["created_at"], word))
    if "notified_at" in drop:
        found.append((drop["notified_at"], "this drop's owner was notified"))
    return found


def _of_edit(edit: EditRecord) -> list[Moment]:
    found: list[Moment] = []
    if "created_at" in edit:
        found.append((edit["created_at"], "claimed"))
    if "posted_at" in edit:
        found.append((edit["posted_at"], "the paid request went out"))
    if "submitted_at" in edit:
        found.append(
            (float(edit["submitted_at"]), f"accepted as task {edit['task_id']}, {usd(edit['usd'])} charged")
        )
    ended = 0.0
    if "event" in edit:
        event = json.loads(edit["event"])
        ended = datetime.fromisoformat(event["time"]).timestamp()
        found.append((ended, event["type"].split(".")[2]))
    if "notified_at" in edit:  # in whole seconds: within the same one the end came first
        notified = edit["notified_at"]
        found.append((ended if notified == int(ended) else notified, "notified"))
    if edit.get("state") == State.RELEASED:
        found.append((edit["updated_at"], "given back: provably nothing was charged for this try"))
    return found
