"""A worker stops before any of its calls and wakes late, or its clock is wrong: paid once at most, and reported."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

import pytest

from tests.protocol.faults.way import ALL, Way
from tests.protocol.schedules.guard_mutants import MUTANTS
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.world import LEASE

SAMPLE = 20  # of the cases, one in so many, unless all are asked for
SKEWS = (0, 600, -600)
PAUSES = (0, LEASE + 10, LEASE + 20 * 60)
_LATE, _OTHER = 0, 1  # lanes

Record = Callable[[str, object], None]
Meanwhile = Callable[[Way, int], None]


@dataclass(frozen=True)
class Case:
    """After so many calls a worker sleeps; skews and sleep in seconds."""

    calls: int
    late_skew: int
    other_skew: int
    sleeps: int
    meanwhile: str


def start(way: Way, lane: int, skew: int) -> None:
    message = way.world.queues.visible()[0]
    way.world.queues.receive(message)
    job, after = way.world.deliver(message)
    way.world.start(lane, "submit", "a", job, after, skew)


def go_on(way: Way, lane: int, calls: int = 1000) -> None:
    for _ in range(calls):
        way.world.go_on(lane)


def another(way: Way, skew: int, calls: int = 1000) -> None:
    """The other message of the pair is delivered; after so many calls its worker stops."""
    start(way, _OTHER, skew)
    go_on(way, _OTHER, calls)


def sweep(way: Way, _: int) -> None:
    way.invoke("sweep", way.world.sweep.handle)


def everything(way: Way, skew: int) -> None:
    """All that other workers can still do."""
    another(way, skew)
    for _ in range(12):
        way.round()


@cache
def calls_of_submit() -> int:
    way = Way()
    way.world.drop("a", "a watercolour")
    start(way, _LATE, 0)
    calls = 0
    while way.world.lanes[_LATE] is not None:
        go_on(way, _LATE, 1)
        calls += 1
    return calls


def meanwhile() -> dict[str, Meanwhile]:
    stops = {f"another stops after {calls}": partial(another, calls=calls) for calls in range(calls_of_submit())}
    return {"another delivery": another, "a sweep": sweep, "everything": everything, **stops}


def cases() -> list[Case]:
    calls = range(calls_of_submit())
    return [
        Case(*case)
        for case in product(calls, SKEWS, SKEWS, PAUSES, meanwhile())
        if case[3] == LEASE + 10 or "stops" not in case[4]
    ]


def broken_by(case: Case) -> str:
    way = Way()
    way.world.drop("a", "a watercolour")
    way.world.excused.add("a")  # the result of a late worker's POST is unknown
    try:
        start(way, _LATE, case.late_skew)
        go_on(way, _LATE, case.calls)
        way.world.time += case.sleeps
        meanwhile()[case.meanwhile](way, case.other_skew)
        go_on(way, _LATE)
        go_on(way, _OTHER)
        way.settle()
    except BrokenPromiseError as error:
        return f"{case}: {error}"
    finally:
        go_on(way, _LATE)
        go_on(way, _OTHER)
    return ""


def test_a_late_worker_breaks_no_promise(record_property: Record) -> None:
    tried = cases()[:: 1 if ALL else SAMPLE]
    broken = [found for case in tried if (found := broken_by(case))]
    record_property("late_workers", len(tried))
    record_property("late_broken", len(broken))

    assert broken == []


@pytest.mark.parametrize("name", ["no token in the post condition", "one token for all deliveries"])
def test_a_removed_fence_is_detected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)

    assert any(broken_by(case) for case in cases() if case.late_skew == case.other_skew == 0)
