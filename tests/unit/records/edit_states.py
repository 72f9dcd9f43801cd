"""An edit's record in each state, and each step that may be taken from it."""

from collections.abc import Callable
from decimal import Decimal

from depthdrop.records.edits import Edits, State
from depthdrop.records.types import EditRecord, NewEdit
from tests.support.aws import Stack
from tests.support.scripted import NOW

EDIT = "e1"
LEASE = 150


def new_edit(edit_id: str, drop_id: str, usd: Decimal = Decimal("0.06")) -> NewEdit:
    """An edit as it may be claimed."""
    return {
        "edit_id": edit_id,
        "drop_id": drop_id,
        "image_key": "a.jpg",
        "image_etag": "etag",
        "sidecar_key": "a.txt",
        "model": "flux",
        "settings": "{}",
        "origins": "{}",
        "metadata": "{}",
        "usd": usd,
    }


NEW = new_edit(EDIT, "d1")

FACTS_BY_STATE: dict[str, dict[str, object] | None] = {
    "nothing": None,
    "CLAIMED": {"state": "CLAIMED", "lease_until": NOW},
    "CLAIMED, lease over": {"state": "CLAIMED", "lease_until": NOW - 1},
    "POSTING": {"state": "POSTING", "lease_until": NOW - 1},
    "SUBMITTED": {"state": "SUBMITTED", "task_id": "mine", "lease_until": NOW - 1},
    "AMBIGUOUS": {"state": "AMBIGUOUS", "event": "lost", "lease_until": NOW - 1},
    "RELEASED": {"state": "RELEASED", "lease_until": NOW - 1},
    "SUCCEEDED": {"state": "SUCCEEDED", "task_id": "mine", "event": "done", "lease_until": NOW - 1},
    "FAILED": {"state": "FAILED", "task_id": "mine", "event": "failed", "lease_until": NOW - 1},
}

STEPS: dict[str, Callable[[Edits], object]] = {
    "claim": lambda edits: edits.claim(NEW, "another", NOW, LEASE),
    "claim, same token": lambda edits: edits.claim(NEW, "token", NOW, LEASE),
    "post": lambda edits: edits.post(EDIT, "token", NOW, "slot#01", NOW + 9),
    "post, another token": lambda edits: edits.post(EDIT, "another", NOW, "slot#02", NOW + 9),
    "accepted": lambda edits: edits.accepted(EDIT, "token", "mine", NOW, NOW + 60, None),
    "accepted, another token": lambda edits: edits.accepted(EDIT, "another", "theirs", NOW, NOW + 60, None),
    "release": lambda edits: edits.release(EDIT, "token", NOW),
    "release, another token": lambda edits: edits.release(EDIT, "another", NOW),
    "give up": lambda edits: edits.give_up(EDIT, "token", NOW),
    "give up, another token": lambda edits: edits.give_up(EDIT, "another", NOW),
    "ambiguous": lambda edits: edits.ambiguous(EDIT, "token", NOW, "lost"),
    "ambiguous, another token": lambda edits: edits.ambiguous(EDIT, "another", NOW, "lost"),
    "succeeded": lambda edits: edits.end(EDIT, "mine", State.SUCCEEDED, NOW, "done"),
    "succeeded, another task": lambda edits: edits.end(EDIT, "theirs", State.SUCCEEDED, NOW, "done"),
    "failed": lambda edits: edits.end(EDIT, "mine", State.FAILED, NOW, "failed"),
    "failed, another task": lambda edits: edits.end(EDIT, "theirs", State.FAILED, NOW, "failed"),
}


def put_edit(stack: Stack, state: str) -> EditRecord | None:
    facts = FACTS_BY_STATE[state]
    if facts is None:
        return None
    stack.table.put({"pk": f"edit#{EDIT}", "token": "token", "attempt": 1, **facts}, "attribute_not_exists(pk)")
    return stack.edits.get(EDIT)
