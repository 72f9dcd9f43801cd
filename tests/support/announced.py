"""Events of every type, as the announcer composes them from records."""

from decimal import Decimal
from typing import Any

from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import Refusal
from depthdrop.notices.compose import Announcer
from depthdrop.notices.events import Event, ObjectRef, Result, Trouble
from tests.support.records import part

NOW = 1_781_078_420.5
ANNOUNCER = Announcer("depthdrop/test", "inbox")
RECEIPT = ObjectRef(bucket="outbox", key="a/b.jpg.rejected.json")
MANIFEST = ObjectRef(bucket="outbox", key="a/b-01234567.json")
RESULT = Result(
    bucket="outbox", key="a/b-01234567.jpg", etag="e9", bytes=9, width=8, height=7, content_type="image/jpeg"
)
DROP: dict[str, Any] = {"drop_id": "d1", "image_key": "a/b.jpg", "image_etag": "e1", "sidecar_key": "a/b.txt"}
EDIT: dict[str, Any] = DROP | {
    "edit_id": "0123456789",
    "attempt": 1,
    "model": "flux-pro-1.0-depth",
    "task_id": "t1",
    "created_at": 1781078398,
    "submitted_at": Decimal("1781078400.125"),
    "usd": Decimal("0.06"),
    "metadata": '{"order": "7", "é": "🙂"}',
}
TROUBLE = Trouble(code="moderated", message="It was stopped.", hint="Change the prompt.")
REFUSAL = Refusal("code", "Message.", "Hint.", "steps")
UNPAIRED = InboxObject("a/b.txt", "e1", 1_781_078_400, 9)
MISSING = Trouble(code="no_image", message="It came alone.", hint="Drop the picture.")


def announced(now: float = NOW) -> dict[str, Event]:
    """One of each type, by its status."""
    return of_edit(now) | {
        "rejected": ANNOUNCER.rejected(part(DROP), REFUSAL, RECEIPT, now),
        "unpaired": ANNOUNCER.unpaired(UNPAIRED, MISSING, now),
        "budget_reached": ANNOUNCER.budget_reached(part(DROP), "It is reached.", Decimal(5), Decimal("4.98"), now),
    }


def of_edit(now: float = NOW, **changes: object) -> dict[str, Event]:
    """One of each type that an edit can end in."""
    edit = EDIT | changes
    return {
        "succeeded": ANNOUNCER.succeeded(part(edit), RESULT, MANIFEST, now, 7, 7.2),
        "failed": ANNOUNCER.failed(part(edit), TROUBLE, now),
        "ambiguous": ANNOUNCER.ambiguous(part(edit), "The answer was lost.", now),
    }


def about(key: str, status: str = "succeeded") -> Event:
    """An event of this type about the file at `key`."""
    return announced()[status].model_copy(update={"subject": key})
