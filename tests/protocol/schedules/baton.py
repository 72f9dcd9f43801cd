"""Workers as threads of which one runs at a time. Each stops before every call that it makes to the outside.

The schedule says which worker continues, and the fate of its next call.
"""

import threading
from collections.abc import Callable
from typing import Any

from tests.support.fates import Caller, Fate, Outside


class Worker(Caller):
    """One invocation."""

    def __init__(self, kind: str, subject: str, job: Callable[[], Any], skew: float, started: float) -> None:
        super().__init__(kind=kind, subject=subject, skew=skew)
        self.started = started
        self.fate = Fate.WELL
        self.ended = False
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

    def stop(self, _name: str) -> Fate:
        """Called in the worker's own thread."""
        self._theirs.release()
        self._mine.acquire()
        return self.fate


class Baton(Outside):
    """Handed from worker to worker."""

    def hand_to(self, worker: Worker, fate: Fate = Fate.WELL) -> None:
        self.holder = worker
        try:
            worker.go_on(fate)
        finally:
            self.holder = None
