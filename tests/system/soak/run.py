"""The soak itself: drops everything at once, sweeps as a schedule would, and listens until every drop was notified.

Then a crowd: more drops than there are slots, no trouble, but tasks that take long. While troubles are many the
machine is the bottleneck; only here would tasks outnumber the slots if nobody kept count.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.fake_upstream import FakeUpstream, Settings
from local.stack.stack import LocalStack, Options
from tests.system.e2e.photographs import photograph
from tests.system.soak.troubles import TROUBLES, Trouble, trouble_of
from tests.system.soak.verdict import Evidence

DROPS = int(os.environ.get("SOAK_DROPS", "200"))
TROUBLED_EVERY = max(1, min(5, DROPS // len(TROUBLES)))  # a fifth; of few drops as many as there are troubles
SLOTS = 16
PICTURE = photograph(256, 256)
CROWD = 32
CROWD_TASK_SECONDS = 8.0
PATIENCE_SECONDS = 1200 + DROPS * 5  # only what does not end at all takes so long
QUIET_SECONDS = 600.0  # a message that met a live claim comes back after 30 s and finds the edit ended
SWEEP_SECONDS = 1.0

# Time runs about ten times as fast: a task takes 1.5 s instead of 15 to 20, the workflow's waits a fifth.
SPEED = 20.0
OPTIONS = Options(
    upstream=Settings(median=30, mean=31, speed=SPEED, active_cap=24, random_seed=7),
    environment={"SFN_WAIT_SCALE": "0.2"},
    parameters={
        "Slots": str(SLOTS),
        "FirstWaitSeconds": "2",
        "LingerSeconds": "2",
        "DeadlineSeconds": "20",  # an ambiguous edit holds its slot that long
        "CircuitProbeSeconds": "1",
        "UnpairedMinutes": "120",  # the crowd's sidecars wait for their pictures until the rest is done
    },
)


@dataclass
class Soak:
    """A run on this stack: what was dropped, and what was published about it. Keys are the pictures'."""

    stack: LocalStack
    upstream: FakeUpstream
    troubles: dict[str, Trouble] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seconds: float = 0.0

    def run(self) -> None:
        """Until every drop was notified and every message processed, or patience is over."""
        crowd = range(DROPS, DROPS + CROWD)
        for number in crowd:  # so that each of them is one message in the end, and none comes back after 30 s
            self._put_sidecar(number)
        began = time.monotonic()
        self._drop_and_wait(range(DROPS), self._put_picture, self._put_sidecar)
        self.seconds = time.monotonic() - began
        slow = CROWD_TASK_SECONDS * SPEED
        self.upstream.configure(median=slow, mean=slow)
        self._drop_and_wait(crowd, self._put_picture)
        self._wait_for_events(QUIET_SECONDS, lambda: self.left_in_queues() == 0)

    @property
    def expected(self) -> dict[str, str]:
        """The word that each drop must end with."""
        return {key: self.troubles[key].ends if key in self.troubles else "succeeded" for key in self.prompts}

    def evidence(self) -> Evidence:
        edits = self.stack.records("edit#")
        return Evidence(self.prompts, self.events, edits, self.upstream.ledger.charges, self.stack.outbox())

    def left_in_queues(self) -> int:
        """Messages that still wait for submit, dead letters included."""
        sqs = self.stack.emulator.client("sqs")
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        urls = [url for url in sqs.list_queues()["QueueUrls"] if url != self.stack.notices_queue_url]
        answers = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        return sum(int(count) for answer in answers for count in answer.values())

    def _drop_and_wait(self, numbers: range, *puts: Callable[[int], None]) -> None:
        def drop_all() -> None:
            for number in numbers:
                for put in puts:
                    put(number)

        with ThreadPoolExecutor(1) as pool:
            dropping = pool.submit(drop_all)
            self._wait_for_events(PATIENCE_SECONDS, lambda: all(_key(number) in self.events for number in numbers))
            dropping.result()

    def _put_picture(self, number: int) -> None:
        self.stack.put(_key(number), PICTURE)

    def _put_sidecar(self, number: int) -> None:
        key, prompt = _key(number), f"picture {number}"
        if number < DROPS and number % TROUBLED_EVERY == 0:
            self.troubles[key] = trouble_of(number // TROUBLED_EVERY)
            prompt = self.troubles[key].in_prompt(prompt)
        self.prompts[key] = prompt
        self.stack.put(f"{key}.txt", prompt.encode())

    def _wait_for_events(self, patience: float, done: Callable[[], bool]) -> None:
        lambdas = self.stack.emulator.client("lambda")
        listed = (one["FunctionName"] for one in lambdas.list_functions()["Functions"])
        (sweep,) = (name for name in listed if "-SweepFunction-" in name)
        end, swept = time.monotonic() + patience, 0.0
        while not done() and time.monotonic() < end:
            if time.monotonic() > swept + SWEEP_SECONDS:
                lambdas.invoke(FunctionName=sweep, Payload=b"{}")
                swept = time.monotonic()
            for notice in self.stack.notices(1):
                self.events.setdefault(notice["event"]["subject"], []).append(notice["event"])


def _key(number: int) -> str:
    return f"soak/{number:04}.jpg"
