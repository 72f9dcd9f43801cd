"""A thousand drops at once, in simulated time: the real use cases, with the overheads that network.py states.

Of the wait only its length is simulated here, by wait_simulation: it meets nobody.
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

from depthdrop.watch.latency import Latency, of_state
from tests.bench.agenda import Agenda
from tests.bench.edit_bill import memory_of
from tests.bench.network import STEP_SECONDS, VCPU_MB
from tests.bench.wait_simulation import ours, times
from tests.protocol.schedules.world import World
from tests.support.scripted import NOW
from tests.support.template_names import template

SLOTS = 20
_PICKUP_SECONDS = 0.05  # from a message that is there to its invocation: Lambda asks the queue without pause
_IDLE_SECONDS = 0.25  # of the simulation only: how soon an idle lane looks again
_SWEEP_SECONDS = 300
_SUBMIT_CPU, _FINALIZE_CPU = 0.055, 0.040  # processor seconds at one vCPU, as the cost group measures them


@dataclass(frozen=True, slots=True)
class Worked:
    """When each drop was completed and from when to when its task was at work, and calls of AWS for one drop."""

    completed: list[float]
    at_work: list[tuple[float, float]]
    calls: float
    most_active: int

    def share_of_ideal(self, first: int, last: int) -> float:
        """Completions a second between these two, as a share of slots ÷ mean latency.

        By Little's law that is the tasks at work, on average, as a share of the slots; so it does not depend on
        which tasks happen to be short.
        """
        begin, end = self.completed[first - 1], self.completed[last - 1]
        worked = sum(max(min(stop, end) - max(start, begin), 0.0) for start, stop in self.at_work)
        return worked / (end - begin) / SLOTS


Noticed = Callable[[float, Latency], float]  # seconds from ready to noticed


def by_poll(took: float, latency: Latency) -> float:
    return ours(took, latency).delay


def processed(drops: int, noticed: Noticed = by_poll, *, releases: bool = True, seed: int = 3) -> Worked:
    """All are in the inbox when the first is looked at. Without `releases` only sweep sends parked drops."""
    random.seed(seed)
    agenda = Agenda(float(NOW))
    return _Backlog(drops, noticed, agenda, releases=releases, seed=seed).work_off()


class _Backlog(World):
    def __init__(self, drops: int, noticed: Noticed, agenda: Agenda, *, releases: bool, seed: int) -> None:
        self.agenda = agenda
        super().__init__(slots=SLOTS, baton=agenda)
        self.noticed = noticed
        self.count = drops
        draw = itertools.cycle(times(4 * drops, seed=seed))
        self.upstream.work_seconds = lambda: next(draw)
        self.completed: list[float] = []
        self.at_work: list[tuple[float, float]] = []
        self.watched: set[str] = set()
        if not releases:
            object.__setattr__(self.finalize, "parking", _NoParking())

    @property
    def time(self) -> float:
        return self.agenda.now

    @time.setter
    def time(self, now: float) -> None:
        self.agenda.now = now

    def sleep(self, seconds: float) -> None:
        self.agenda.pass_time(seconds)

    def work_off(self) -> Worked:
        for number in range(self.count):
            self.drop(f"photo-{number:04}", f"a watercolour, {number}")
        for _ in range(_lanes()):
            self.agenda.begin(self._lane)
        self.agenda.begin(self._sweeper)
        self.agenda.run(self._is_over)
        calls = self.agenda.calls.total() / self.count
        return Worked(self.completed, self.at_work, calls, self.upstream.peak)

    def _is_over(self) -> bool:
        return len(self.completed) == self.count

    def _lane(self) -> None:
        """One of submit's concurrent invocations, again and again."""
        processing = _SUBMIT_CPU * VCPU_MB / memory_of("submit")
        while True:
            message = next(iter(self.queues.visible()), None)
            if message is None:
                self.agenda.pass_time(_IDLE_SECONDS)
                continue
            if self.queues.receive(message):
                self.agenda.pass_time(_PICKUP_SECONDS + processing)
                job, _ = self.deliver(message)
                job()
                self._watch_new()

    def _watch_new(self) -> None:
        for name in self.executions.all.keys() - self.watched:
            self.watched.add(name)
            self.agenda.begin(lambda name=name: self._execution(name))  # type: ignore[misc]

    def _execution(self, name: str) -> None:
        state = self.executions.all[name].state
        task = self.upstream.tasks[state["task_id"]]
        took = task.ready_at - state["submitted_at"]
        self.at_work.append((state["submitted_at"], task.ready_at))
        delay = self.noticed(took, of_state(state.get("latency")))
        self.agenda.pass_time(state["submitted_at"] + took + delay - self.time + STEP_SECONDS)
        outcome = {
            "status": "ready",
            "sample": f"https://delivery.example/{state['task_id']}",
            "took_seconds": took,
        }
        self.finalize.handle({**state, "outcome": outcome})
        self.agenda.pass_time(_FINALIZE_CPU * VCPU_MB / memory_of("finalize"))  # mostly after the slot is free
        self.executions.all[name].status = "SUCCEEDED"
        self.completed.append(self.time)

    def _sweeper(self) -> None:
        while True:
            self.agenda.pass_time(_SWEEP_SECONDS)
            self.sweep.handle()


class _NoParking:
    def release_due(self, _now: int, _limit: int) -> int:
        return 0


def _lanes() -> int:
    [source] = [
        one
        for one in template()["Resources"]["SubmitFunction"]["Properties"]["Events"].values()
        if one["Type"] == "SQS"
    ]
    most: int = source["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    return most
