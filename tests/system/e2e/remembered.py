"""A running stack whose published events are remembered, and waits for conditions instead of times."""

import time
from collections.abc import Callable
from typing import Any

from local.stack.stack import LocalStack
from tests.system.e2e.commands import ROOT

TEMPLE = (ROOT / "samples" / "temple.jpg").read_bytes()
HANG_SECONDS = 300.0  # only what does not come at all takes so long


class Stack:
    """A running stack that remembers every notice, so that tests may ask in any order."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._events: list[dict[str, Any]] = []

    @property
    def upstream(self) -> Any:
        return self.stack.upstream

    def drop(self, key: str, prompt: str, picture: bytes = TEMPLE) -> None:
        self.stack.put(key, picture)
        self.stack.put(f"{key}.txt", prompt.encode())

    def published(self, subject: str) -> list[dict[str, Any]]:
        """Every event about this picture, repeats included."""
        while notices := self.stack.notices():
            self._events += [notice["event"] for notice in notices]
        return [event for event in self._events if event["subject"] == subject]

    def events(self, subject: str) -> list[dict[str, Any]]:
        """Each once: two workers that end the same drop both publish its event, under one id."""
        return list({event["id"]: event for event in self.published(subject)}.values())

    def event(self, subject: str, number: int = 1) -> dict[str, Any]:
        """The nth event about this picture, once it has come."""
        assert eventually(lambda: len(self.events(subject)) >= number), f"no event {number} for {subject}"
        return self.events(subject)[number - 1]

    def is_settled(self, key: str) -> bool:
        """Its edit is marked as notified and no message waits for submit, so nothing more is published about it."""
        sqs, names = self.stack.emulator.client("sqs"), ["", "NotVisible", "Delayed"]
        counts = [f"ApproximateNumberOfMessages{name}" for name in names]
        url = self.stack.outputs["InboxQueueUrl"]
        waiting = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
        edits = [edit for edit in self.stack.records("edit#") if edit["image_key"] == key]
        return all("notified_at" in edit for edit in edits) and not any(int(waiting[name]) for name in counts)

    def charges(self, prompt: str) -> int:
        return sum(charge.prompt == prompt[:80] for charge in self.upstream.ledger.charges)


def eventually(true: Callable[[], bool], seconds: float = HANG_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return true()
