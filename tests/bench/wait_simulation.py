"""The wait in simulated time: poll's own code looks at tasks of the fake upstream's latency, turn by turn.

What happens between is reckoned: a GET takes 250 ms and sees what is true in its middle, a warm invocation starts
0.2 s after the wait before it, and every wait lasts to the millisecond.
"""

import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean, quantiles
from typing import Any, cast

from aws_lambda_powertools import Logger

from depthdrop.upstream.answer import Answer, Observation
from depthdrop.use_cases.poll import Poll, watch_of
from depthdrop.watch.latency import Latency, expected
from depthdrop.watch.poll_intervals import first_wait

GET_SECONDS = 0.25
START_SECONDS = 0.2
DEADLINE_SECONDS = 3600
LINGER_SECONDS = 60.0  # the template's default
MOST_FIRST_WAIT = 60.0  # the template's default
STATES_OF_A_TURN = 3  # Wait, Poll, IsPending

_PENDING = Answer(200, json.dumps({"status": "Pending"}).encode(), {})


@dataclass(slots=True)
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(slots=True)
class Task:
    """The upstream as seen by one task, which is ready after so many seconds."""

    clock: Clock
    took: float
    states_duration: bool
    looks: list[float] = field(default_factory=list)

    def get_result(self, *_: object) -> Observation:
        self.looks.append(self.clock.now)
        self.clock.now += GET_SECONDS / 2
        ready = self.clock.now >= self.took
        self.clock.now += GET_SECONDS / 2
        if not ready:
            return _PENDING
        result: dict[str, object] = {"sample": "https://delivery.example/sample.jpeg"}
        if self.states_duration:
            result["duration"] = self.took
        return Answer(200, json.dumps({"status": "Ready", "result": result}).encode(), {})


class _Key:
    def current(self) -> str:
        return "key"


@dataclass(frozen=True, slots=True)
class Waited:
    """One edit's wait: from ready to noticed, and what it used up. Seconds and counts."""

    delay: float
    transitions: int
    lambda_seconds: float
    invocations: int
    looks: tuple[float, ...]
    took_seconds: float

    @property
    def gets(self) -> int:
        return len(self.looks)


def ours(took: float, latency: Latency, *, states_duration: bool = False) -> Waited:
    """The committed loop around the real poll."""
    clock = Clock()
    task = Task(clock, took, states_duration)
    poll = Poll(
        cast("Any", task),
        cast("Any", _Key()),
        LINGER_SECONDS,
        _QUIET,
        clock,
        clock.sleep,
        random.random,
    )
    state: dict[str, Any] = {
        "edit_id": "e",
        "task_id": "t",
        "submitted_at": 0.0,
        "deadline_at": DEADLINE_SECONDS,
        "latency": latency.to_state(),
        "wait_seconds": first_wait(latency, MOST_FIRST_WAIT),
    }
    turns, lambda_seconds = 0, 0.0
    while True:
        turns += 1
        clock.sleep(state["wait_seconds"] + START_SECONDS)
        began = clock()
        outcome = poll.handle(watch_of(state), lambda began=began: 90.0 - (clock() - began))  # type: ignore[misc]
        lambda_seconds += clock() - began
        if outcome["status"] != "pending":
            return Waited(
                clock() - took,
                turns * STATES_OF_A_TURN,
                lambda_seconds,
                turns,
                tuple(task.looks),
                outcome["took_seconds"],
            )
        state["wait_seconds"] = outcome["wait_seconds"]


def looping(took: float, wait_of_turn: Callable[[int], float]) -> Waited:
    """The job poller as people write it: Wait, one look, Choice, and round again."""
    clock = Clock()
    task = Task(clock, took, states_duration=False)
    turns = 0
    while True:
        clock.sleep(wait_of_turn(turns) + START_SECONDS)
        turns += 1
        if task.get_result() is not _PENDING:
            seconds = turns * GET_SECONDS
            return Waited(clock() - took, turns * STATES_OF_A_TURN, seconds, turns, tuple(task.looks), clock())


@dataclass(frozen=True, slots=True)
class Summary:
    """Of many edits: seconds of delay, and means of what one edit used up."""

    mean_delay: float
    p95_delay: float
    transitions: float
    lambda_seconds: float
    invocations: float
    gets: float


def summary(waited: list[Waited]) -> Summary:
    delays = [one.delay for one in waited]
    return Summary(
        mean(delays),
        quantiles(delays, n=20)[-1],
        mean(one.transitions for one in waited),
        mean(one.lambda_seconds for one in waited),
        mean(one.invocations for one in waited),
        mean(one.gets for one in waited),
    )


def times(count: int, median: float = 15.0, mean_seconds: float = 19.0, seed: int = 7) -> list[float]:
    """Of the fake upstream's distribution."""
    drawn = random.Random(seed)  # noqa: S311  # repeatable, not secret
    spread = math.sqrt(2 * math.log(mean_seconds / median))
    return [drawn.lognormvariate(math.log(median), spread) for _ in range(count)]


def learning(took: list[float], latency: Latency, *, states_duration: bool = False) -> tuple[list[Waited], Latency]:
    """One edit after the other, each with what the ones before it taught."""
    waited = []
    for seconds in took:
        waited.append(ours(seconds, latency, states_duration=states_duration))
        latency = latency.learned(waited[-1].took_seconds)
    return waited, latency


def published() -> Latency:
    """What is believed of depth before the first edit."""
    return expected(19.0)


_QUIET = Logger(service="bench", level="CRITICAL")
