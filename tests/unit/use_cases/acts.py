"""What happens to an edit after submit, in one call."""

from typing import Any

from depthdrop.finalize import Outcome
from depthdrop.messages import ObjectCreated
from tests.unit.aws import INBOX, Stack
from tests.unit.scripted import LINK

ENDS: dict[str, dict[str, Any]] = {
    "ready": {"status": "ready", "sample": LINK, "seed": 7, "duration_seconds": 7.2},
    "failed": {"status": "failed", "code": "moderated", "message": "The upstream's moderation stopped it."},
    "expired": {"status": "expired", "code": "deadline_passed", "message": "Not finished by the deadline."},
}


def state_of(stack: Stack, outcome: dict[str, Any], **more: object) -> dict[str, Any]:
    """The execution's state as the workflow hands it to finalize."""
    [name] = [name for name, status in stack.executions().items() if status == "RUNNING"]
    return {**stack.execution_input(name), "outcome": outcome, "turns": 1, **more}


def finish(stack: Stack, word: str = "ready", **more: object) -> Outcome:
    return stack.finalize().handle(state_of(stack, ENDS[word], **more))


def created(key: str) -> ObjectCreated:
    return ObjectCreated(INBOX, key)
