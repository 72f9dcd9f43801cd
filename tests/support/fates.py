"""Decides at each call to the outside whether it is made, lost before or after, repeated, or the process dies."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

READS = ("Get", "Head", "List", "Describe", "Query", "BatchGet", "Receive")  # calls that change nothing


class Fate(StrEnum):
    """The fate of one call."""

    WELL = "well"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    NEVER_ARRIVED = "never arrived"  # and every retry of the SDK
    ANSWER_LOST = "answer lost"  # it was applied, an error surfaces
    SDK_RETRY = "SDK retry"  # it was applied, the answer got lost, the SDK sends it again


class Killed(BaseException):
    """The process is gone. Nothing that it would still do happens."""


@dataclass(kw_only=True)
class Caller(ABC):
    """A process. `skew` is what its clock is ahead, in seconds; `subject` is what it works on."""

    kind: str = ""
    subject: str = ""
    skew: float = 0.0
    next_call: str = ""
    dead: bool = False

    @abstractmethod
    def stop(self, name: str) -> Fate:
        """Called before each of its calls, until it is dead."""


def aws_lost(*, arrived: bool) -> Exception:
    return (ConnectionClosedError if arrived else EndpointConnectionError)(endpoint_url="https://aws")


class Outside:
    """What every call goes through. `holder` makes the calls now; None is the test itself, whose calls go well."""

    def __init__(self, holder: Caller | None = None) -> None:
        self.holder = holder
        self.used: Callable[[Fate, Caller], None] = lambda _fate, _caller: None

    def around(
        self,
        name: str,
        call: Callable[[], Any],
        lost: Callable[..., Exception] = aws_lost,
        *,
        repeats: bool = True,
    ) -> Any:
        """Raises Killed, or `lost(arrived=...)`. A call that nothing `repeats` never arrives instead."""
        fate = self.fate_of(name)
        while fate is Fate.SDK_RETRY and repeats:
            with suppress(Exception):  # the caller never sees this answer, whatever it was
                call()
            fate = self.fate_of(name)
        if fate in {Fate.NEVER_ARRIVED, Fate.SDK_RETRY}:
            raise lost(arrived=False)
        answer = call()
        if fate is Fate.ANSWER_LOST:
            raise lost(arrived=True)
        self.die_if(fate)
        return answer

    def fate_of(self, name: str) -> Fate:
        """Stop before the call and return its fate. Raises Killed when the caller dies here, or is dead."""
        caller = self.holder
        if caller is None:
            return Fate.WELL
        if caller.dead:
            raise Killed
        caller.next_call = name
        fate = caller.stop(name)
        if fate is not Fate.WELL:
            self.used(fate, caller)
        self.die_if(fate, Fate.KILLED_BEFORE)
        return fate

    def die_if(self, fate: Fate, deadly: Fate = Fate.KILLED_AFTER) -> None:
        if fate is deadly and self.holder is not None:
            self.holder.dead = True
            raise Killed
