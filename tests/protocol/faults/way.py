"""Drops on their way to their end, with chosen faults at chosen calls: the schedules' world, one worker at once."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.protocol.schedules.promises import BrokenPromiseError, Watchman, check_settled
from tests.protocol.schedules.world import World
from tests.support.fates import Caller, Fate, Killed

ALL = os.environ.get("FAULTS") == "all"  # the scorecard's size; otherwise a sample, as part of `make test`
FATES = tuple(fate for fate in Fate if fate is not Fate.WELL)
_ROUNDS = 60
_ROUND_SECONDS = 301.0  # between two sweeps


@dataclass(frozen=True, slots=True)
class Call:
    """A call to the outside: its number in the whole run, whose invocation made it, and about which pair."""

    number: int
    kind: str
    name: str
    subject: str


Choose = Callable[[Call], Fate]
Happens = Callable[["Way"], object]


def well(_: Call) -> Fate:
    return Fate.WELL


@dataclass(kw_only=True)
class Invocation(Caller):
    """Before each call it asks for the call's fate."""

    ask: Callable[[str, str, str], Fate]
    hurt: bool = False

    def stop(self, name: str) -> Fate:
        fate = self.ask(self.kind, name, self.subject)
        self.hurt = self.hurt or fate is not Fate.WELL
        return fate


@dataclass
class Way:
    """`calls` are all that were made, in order; `plan` says what else happens before which round."""

    choose: Choose = well
    plan: dict[int, Happens] = field(default_factory=dict)
    world: World = field(default_factory=World)
    rounds: int = _ROUNDS
    calls: list[Call] = field(default_factory=list)
    done: int = 0

    def __post_init__(self) -> None:
        self.watchman = Watchman(self.world)

    def go(self, *names: str) -> None:
        """Drop pairs of these names, `a` if none, and process all that follows. Raises BrokenPromiseError."""
        for name in names or ("a",):
            self.world.drop(name, f"a watercolour of {name}")
        self.settle()

    def settle(self) -> None:
        """Messages, executions and sweep, round after round, until nothing is left to do."""
        last = self.done + self.rounds
        while self.done < last:
            self.round()
            if self.done > max(self.plan, default=0) and not self.world.anything_left():
                self.check_when_settled()
                self._check()
                return
        raise BrokenPromiseError(f"something is left to do for ever: {self.world.anything_left()[:5]}")

    def check_when_settled(self) -> None:
        """What must hold when nothing is left to do."""
        check_settled(self.world)

    def round(self) -> None:
        world = self.world
        happens = self.plan.get(self.done)
        if happens is not None:
            happens(self)
        self.done += 1
        for message in world.queues.visible():
            if world.queues.receive(message):
                self.invoke("submit", world.deliver(message)[0], world.subject_of(message.body))
        for execution in world.executions.running():
            job, _ = world.turn(execution)
            world.turned(execution, self.invoke(execution.phase, job))
        world.time += _ROUND_SECONDS
        self.invoke("sweep", world.sweep.handle)

    def ask_instead(self, upstream: Any) -> None:
        """Use another upstream for submit and poll. The world's own, and so its ledger, gets no requests."""
        purchase = replace(self.world.submit.purchase, upstream=upstream)
        self.world.submit = replace(self.world.submit, purchase=purchase)
        self.world.poll = replace(self.world.poll, upstream=upstream)
        self.world.excused.add("a")

    def invoke(self, kind: str, job: Callable[[], Any], subject: str = "") -> Any:
        """Returns the job's result, or the error it ended with. Without a fault it must not end with an error."""
        caller = Invocation(kind=kind, subject=subject, ask=self._ask)
        self.world.baton.holder = caller
        try:
            return job()
        except (Killed, Exception) as error:  # Lambda would log it and try again
            if not caller.hurt:
                raise BrokenPromiseError(f"{kind} fell over nothing: {error!r}") from error
            return error
        finally:
            self.world.baton.holder = None
            self._check()

    def count(self, name: str) -> int:
        """How often this call was made."""
        return sum(call.name == name for call in self.calls)

    def published(self, kind: str) -> set[str]:
        """The ids of the events of this kind, such as `succeeded`."""
        return {event["id"] for event in self.world.topic.events if event["type"].split(".")[2] == kind}

    def states(self) -> list[str]:
        """The states of the edits."""
        return [edit["state"] for edit in self.world.records("edit")]

    def _ask(self, kind: str, name: str, subject: str) -> Fate:
        call = Call(len(self.calls), kind, name, subject)
        self.calls.append(call)
        return self.choose(call)

    def _check(self) -> None:
        self.watchman.after_a_step()
        if self.world.broken:
            raise BrokenPromiseError(self.world.broken[0])
