"""One running stack for all tests of the workflow: starting it takes longer than most of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.fake_upstream import Settings
from local.stack.stack import LocalStack, Options, local_stack
from tests.system.workflow.executions import queue_of, until

OPTIONS = Options(
    upstream=Settings(
        speed=50, random_seed=7, link_seconds=30_000
    ),  # links expire by a fault, not by a slow machine
    parameters={"LingerSeconds": "1", "DeadlineSeconds": "600"},
    environment={"SFN_WAIT_SCALE": "0.02"},  # waits and pauses between retries; two minutes of retries take 2.5 s
)


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    with local_stack(OPTIONS) as running:
        yield running


class Subscriber:
    """Receives from both topics and keeps all messages; a test asks for those of its own edit."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._sqs = stack.emulator.client("sqs")
        self._alarms_url = queue_of(stack.emulator, stack.outputs["AlarmsTopicArn"], "alarms")
        self._events: list[dict[str, Any]] = []
        self._alarms: list[dict[str, Any]] = []

    def events(self, edit_id: str, count: int = 1, *, repeats: bool = False) -> list[dict[str, Any]]:
        """The edit's events, when there are as many; each once unless `repeats` count, too."""

        def look() -> list[dict[str, Any]] | None:
            self._events += [notice["event"] for notice in self._stack.notices()]
            found = [event for event in self._events if event["data"].get("edit_id") == edit_id]
            if not repeats:
                found = list({event["id"]: event for event in found}.values())
            return found if len(found) >= count else None

        return until(look, f"event {count} of edit {edit_id[:8]}")

    def alarm(self, edit_id: str) -> dict[str, Any]:
        """The message to the owner that names this edit."""

        def look() -> dict[str, Any] | None:
            answer = self._sqs.receive_message(QueueUrl=self._alarms_url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self._alarms.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._alarms_url, ReceiptHandle=message["ReceiptHandle"])
            return next((alarm for alarm in self._alarms if edit_id in alarm["Message"]), None)

        return until(look, f"a message to the owner about edit {edit_id[:8]}")


@pytest.fixture(scope="session")
def subscriber(stack: LocalStack) -> Subscriber:
    return Subscriber(stack)
