"""Records for the page to show, made after the model of a real drop and its edit. Pure."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from depthdrop.records.table import Item

PROMPT = "</textarea></script><script>alert(3)</script><img src=x onerror=alert(4)>"


def many(drop: Item, edit: Item, count: int) -> list[Item]:
    """As many edits that came out, each with its drop, a minute apart."""
    return [one for number in range(count) for one in _pair(drop, edit, f"many {number}", number)]


def troubles(drop: Item, edit: Item) -> list[Item]:
    """One edit or drop of each kind that did not succeed, and one that is parked."""
    return [
        *_failed(drop, edit, "FAILED", "failed", "moderated", "Moderation stopped the edited picture."),
        *_failed(drop, edit, "AMBIGUOUS", "ambiguous", "answer_lost", "The answer to the paid request was lost."),
        *_refused(drop, edit),
        *_parked(drop, edit),
        {
            "pk": "file#alone.jpg",
            "open": "half",
            "look_at": 4_000_000_000,
            "listed": "all",
            "created_at": int(edit["created_at"]),
        },
        {"pk": "file#told.jpg", "told": "x", "listed": "all", "created_at": int(edit["created_at"])},
    ]


def _pair(drop: Item, edit: Item, name: str, minutes: int) -> Iterator[Item]:
    edit_id, drop_id = (hashlib.sha256(f"{kind} {name}".encode()).hexdigest() for kind in ("edit", "drop"))
    ids = {"edit_id": edit_id, "drop_id": drop_id, "created_at": int(edit["created_at"]) - 60 * minutes}
    yield {**drop, **ids, "pk": f"drop#{drop_id}"}
    yield {**edit, **ids, "pk": f"edit#{edit_id}"}


def _failed(drop: Item, edit: Item, state: str, status: str, code: str, message: str) -> Iterator[Item]:
    its_drop, its_edit = _pair(drop, edit, state, 1)
    event: dict[str, Any] = json.loads(edit["event"])
    event["type"] = f"depthdrop.edit.{status}.v1"
    event["data"] = {name: value for name, value in event["data"].items() if name not in {"result", "manifest"}}
    event["data"]["error"] = {"code": code, "message": message, "hint": "Look at the bill, then drop it again."}
    yield its_drop
    yield {**its_edit, "state": state, "event": json.dumps(event), "settings": json.dumps({"prompt": PROMPT})}


def _refused(drop: Item, edit: Item) -> Iterator[Item]:
    its_drop, _ = _pair(drop, edit, "refused", 2)
    refusal = {"code": "unknown_setting", "message": "temple.yaml gives step.", "hint": "Did you mean 'steps'?"}
    yield {**its_drop, "refusal": json.dumps(refusal), "listed": "all"}


def _parked(drop: Item, edit: Item) -> Iterator[Item]:
    its_drop, _ = _pair(drop, edit, "parked", 3)
    reason = {"parked": "balance_empty", "parked_message": "The balance is empty.", "parked_times": 1}
    yield {**its_drop, **reason, "open": "parked", "look_at": int(edit["created_at"]) + 10**6, "listed": "all"}
