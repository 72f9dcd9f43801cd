"""Workers as threads of which one runs at a time. Each stops before every call that it makes to the outside.

The schedule says which worker continues, and the fate of its next call.
"""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError


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


class Holder(Protocol):
    """The caller whose calls are being made now."""

    kind: str
    subject: str
    skew: float
    next_call: str
    dead: bool

    def stop(self, name: str) -> Fate: ...


class Worker:
    """One invocation. `skew` is what its clock is ahead, in seconds; `subject` is what it works on."""

    def __init__(self, kind: str, subject: str, job: Callable[[], Any], skew: float, started: float) -> None:
        self.kind, self.subject, self.skew, self.started = kind, subject, skew, started
        self.next_call = ""
        self.fate = Fate.WELL
        self.dead = self.ended = False
        self.trouble: BaseException | None = None
        self.result: Any = None
        self._job = job
        self._mine, self._theirs = threading.Lock(), threading.Lock()
        self._mine.acquire()
        self._theirs.acquire()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._mine.acquire()
        try:
            self.result = self._job()
        except BaseException as error:  # noqa: BLE001  # killed or not, the schedule sees what it ended with
            self.trouble = error
        self.ended = True
        self._theirs.release()

    def go_on(self, fate: Fate = Fate.WELL) -> None:
        """Run up to its next call, or to its end."""
        self.fate = fate
        self._mine.release()
        self._theirs.acquire()

    def stop(self, name: str) -> Fate:
        """Called in the worker's own thread, before a call."""
        if self.dead:
            raise Killed
        self.next_call = name
        self._theirs.release()
        self._mine.acquire()
        return self.fate


class Baton:
    """The caller that runs now; None is the test itself, whose calls never stop."""

    def __init__(self) -> None:
        self.holder: Holder | None = None
        self.used: Callable[[Fate, Holder], None] = lambda _fate, _worker: None

    def hand_to(self, worker: Worker, fate: Fate = Fate.WELL) -> None:
        self.holder = worker
        try:
            worker.go_on(fate)
        finally:
            self.holder = None

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """An AWS call: every fate is possible."""
        fate = self.fate_of(name)
        while fate is Fate.SDK_RETRY:
            try:
                call()
            except Exception:  # noqa: BLE001  # the worker never sees the answer, whatever it was
                fate = self.fate_of(name)
            else:
                fate = self.fate_of(name)
        if fate is Fate.NEVER_ARRIVED:
            raise EndpointConnectionError(endpoint_url="https://aws")
        answer = call()
        if fate is Fate.ANSWER_LOST:
            raise ConnectionClosedError(endpoint_url="https://aws")
        self.die_if(fate)
        return answer

    def fate_of(self, name: str) -> Fate:
        """Stop before the call and return its fate. Raises Killed when the worker dies here."""
        worker = self.holder
        if worker is None:
            return Fate.WELL
        fate = worker.stop(name)
        if fate is not Fate.WELL:
            self.used(fate, worker)
        if fate is Fate.KILLED_BEFORE:
            worker.dead = True
            raise Killed
        return fate

    def die_if(self, fate: Fate) -> None:
        if fate is Fate.KILLED_AFTER and self.holder is not None:
            self.holder.dead = True
            raise Killed
