"""What happens to an edit after submit, in one call; and which AWS calls a delivery makes."""

from collections.abc import Callable
from typing import Any

from botocore.client import BaseClient

from depthdrop.inbox.message import ObjectCreated
from depthdrop.use_cases.download_and_store import Outcome
from tests.support.aws import INBOX, Stack
from tests.support.scripted import LINK

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


def asked(stack: Stack, act: Callable[[], object]) -> list[str]:
    """The AWS calls that were made, by name and in their order."""
    made: Callable[..., Any] = vars(BaseClient)["_make_api_call"]
    names: list[str] = []

    def call(self: Any, name: str, arguments: dict[str, Any]) -> Any:
        names.append(name)
        return made(self, name, arguments)

    with stack.monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", call)
        act()
    return names
