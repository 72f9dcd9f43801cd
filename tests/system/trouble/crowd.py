"""Many drops on the local stack, and their outcomes, with sweep run as often as is asked for."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any

from local.fake_upstream import FakeUpstream
from local.stack.stack import LocalStack
from tests.system.e2e.photographs import photograph

_ASKED = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Crowd:
    """`events` has what was published of each picture, by its key."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._picture = photograph(256, 256)

    @property
    def upstream(self) -> FakeUpstream:
        if self.stack.upstream is None:
            raise TypeError("no test pays the real upstream")
        return self.stack.upstream

    def drop(self, folder: str, count: int) -> list[str]:
        """So many pairs; the keys of their pictures."""
        keys = [f"{folder}/{number:03}.jpg" for number in range(count)]
        for key in keys:
            self.stack.put(key, self._picture)
            self.stack.put(f"{key}.txt", f"a watercolour of {key}".encode())
        return keys

    def sweep(self) -> dict[str, int]:
        """What one round of sweep did; then read what was published."""
        answer = self.stack.emulator.client("lambda").invoke(FunctionName=self._sweep, Payload=b"{}")
        while notices := self.stack.notices():
            for event in (notice["event"] for notice in notices):
                known = self.events[event["subject"]]
                if event["id"] not in {one["id"] for one in known}:  # one that is published again is the same event
                    known.append(event)
        done: dict[str, int] = json.loads(answer["Payload"].read())
        return done

    def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Sweep about once a second until it is true; False when patience is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.sweep()
            if true():
                return True
            time.sleep(1)
        return False

    def words(self, keys: list[str]) -> Counter[str]:
        """How the edits of these pictures ended, by the last event."""
        words = [self.events[key][-1]["type"].split(".")[2] if self.events[key] else "nothing" for key in keys]
        return Counter(words)

    def charges(self, folder: str) -> Counter[str]:
        prompts = [charge.prompt for charge in self.upstream.ledger.charges]
        return Counter(prompt for prompt in prompts if f" {folder}/" in prompt)

    def posts(self) -> Counter[str]:
        """POSTs that arrived upstream, by the status of their answer."""
        return Counter(self.upstream.state["requests"]["post"])

    def parked(self) -> int:
        return sum("parked" in drop for drop in self.stack.records("drop#"))

    def dead_letters(self) -> int:
        return sum(self.letters(queue) for queue in self.dead)

    def letters(self, queue: str) -> int:
        sqs = self.stack.emulator.client("sqs")
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(_ASKED))["Attributes"]
        return sum(int(attributes[name]) for name in _ASKED)

    @cached_property
    def _sweep(self) -> str:
        listed = self.stack.emulator.client("lambda").list_functions()["Functions"]
        (found,) = (one["FunctionName"] for one in listed if "-SweepFunction-" in one["FunctionName"])
        return str(found)

    @cached_property
    def dead(self) -> list[str]:
        listed = self.stack.emulator.client("sqs").list_queues()["QueueUrls"]
        return [url for url in listed if "DeadLetters" in url]
