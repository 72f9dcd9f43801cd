"""An edit that was just paid for: its task runs upstream, its record says SUBMITTED, nobody watches it yet."""

import io
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PIL import Image

from depthdrop.drop.identities import execution_name
from depthdrop.picture.content import Pieces
from depthdrop.records.edits import Edits
from depthdrop.records.slots import Slots, holder_of
from depthdrop.records.table import Table
from depthdrop.records.types import NewEdit
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.post_outcome import Accepted, classify_post
from depthdrop.upstream.request import PostRequest
from depthdrop.watch.workflow import SCHEMA
from local.stack.stack import LocalStack
from tests.system.workflow.executions import Execution, ended, start

_SLOTS = 20


@dataclass(frozen=True, slots=True)
class PaidEdit:
    """`state` is what submit starts the first execution with."""

    stack: LocalStack
    edit_id: str
    task_id: str
    state: dict[str, Any]

    def watched(self, attempt: int = 1, **changes: object) -> Execution:
        """Run an execution of the deployed workflow to its end."""
        return ended(self.stack.emulator, self.start(attempt, **changes))

    def start(self, attempt: int = 1, **changes: object) -> str:
        """Start one; a change to None takes the field away."""
        state = {**self.state, "attempt": attempt, **changes}
        given = {name: value for name, value in state.items() if value is not None}
        name = execution_name(self.edit_id, attempt)
        return start(self.stack.emulator, self.stack.outputs["EditWorkflowArn"], name, given)

    @property
    def record(self) -> dict[str, Any]:
        (record,) = self.stack.records(f"edit#{self.edit_id}")
        return record

    @property
    def holds_a_slot(self) -> bool:
        return any(slot["holder"].startswith(self.edit_id) for slot in self.stack.records("slot#"))

    def forget_record(self) -> None:
        self.stack.emulator.client("dynamodb").delete_item(
            TableName=self.stack.outputs["EditsTableName"], Key={"pk": {"S": f"edit#{self.edit_id}"}}
        )


def png(colour: str = "teal") -> bytes:
    """A picture large enough to be edited."""
    out = io.BytesIO()
    Image.new("RGB", (320, 256), colour).save(out, "PNG")
    return out.getvalue()


def pay(stack: LocalStack, prompt: str, deadline_in: float = 600.0) -> PaidEdit:
    """Take the steps that submit takes, with its own tools, up to the start of an execution."""
    if stack.upstream is None:
        raise TypeError("no test pays the real upstream")
    table = Table(stack.outputs["EditsTableName"], stack.emulator.client("dynamodb"))
    edits, edit_id = Edits(table), f"{time.time_ns():064x}"
    now = int(time.time())
    edit = NewEdit(
        edit_id=edit_id,
        drop_id=f"drop-{edit_id[-8:]}",
        image_key=f"{edit_id[-8:]}.png",
        image_etag="etag",
        sidecar_key=f"{edit_id[-8:]}.txt",
        model="flux-pro-1.0-depth",
        settings=json.dumps({"prompt": prompt}),
        origins=json.dumps({"prompt": "sidecar"}),
        metadata="{}",
        usd=Decimal("0.06"),
    )
    edits.claim(edit, "token", now, 150)
    slot = Slots(table, _SLOTS).take(holder_of(edit_id, "token"), now, now + 1000)
    if slot is None:
        raise RuntimeError("the tests hold every slot")
    edits.post(edit_id, "token", now, slot, now + 1000)
    request = PostRequest("flux-pro-1-0-depth", {"prompt": prompt}, {"control_image": Pieces.whole(png())})
    accepted = classify_post(Upstream(stack.upstream.url).post(request, stack.upstream.key, 30))
    if not isinstance(accepted, Accepted):
        raise TypeError(f"the fake upstream said {accepted}")
    submitted_at, deadline_at = time.time(), int(time.time() + deadline_in)
    edits.accepted(edit_id, "token", accepted.task_id, submitted_at, deadline_at, accepted.polling_url)
    state = {
        "schema": SCHEMA,
        "edit_id": edit_id,
        "attempt": 1,
        "task_id": accepted.task_id,
        "polling_url": accepted.polling_url,
        "submitted_at": submitted_at,
        "deadline_at": deadline_at,
        "wait_seconds": 1,
    }
    return PaidEdit(stack, edit_id, accepted.task_id, state)
