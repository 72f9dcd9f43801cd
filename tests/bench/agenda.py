"""Simulated time for code that waits: each worker is a thread, and the one whose time comes first runs alone."""

import heapq
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tests.bench.network import CALL_SECONDS, DOWNLOAD_SECONDS, POST_SECONDS
from tests.protocol.schedules.baton import Baton
from tests.support.fates import Fate

_SERVICES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "Query"), "dynamodb"),
        **dict.fromkeys(("ListObjects", "GetObject", "HeadObject", "PutObject", "DeleteObject"), "s3"),
        **dict.fromkeys(("SendMessage", "ReceiveMessage", "DeleteMessage"), "sqs"),
        **dict.fromkeys(("StartExecution", "DescribeExecution"), "stepfunctions"),
        "Publish": "sns",
        "GetSecretValue": "secretsmanager",
    }
)
SECONDS: Mapping[str, float] = MappingProxyType(
    {
        **{name: CALL_SECONDS[service] for name, service in _SERVICES.items()},
        "POST": POST_SECONDS,
        "DOWNLOAD": DOWNLOAD_SECONDS,
    }
)


class _Worker:
    def __init__(self, job: Callable[[], object], back: threading.Semaphore) -> None:
        self.turn = threading.Semaphore(0)
        self.trouble: BaseException | None = None
        self._job, self._back = job, back
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.turn.acquire()
        try:
            self._job()
        except BaseException as error:  # noqa: BLE001  # raised again where the agenda runs
            self.trouble = error
        self._back.release()


class Agenda(Baton):
    """A baton that nobody steals: what the code calls takes its time and goes well. `calls` counts it by name."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.now = now
        self.calls: Counter[str] = Counter()
        self._due: list[tuple[float, int, _Worker]] = []
        self._number = itertools.count()
        self._back = threading.Semaphore(0)
        self._running: _Worker | None = None

    def begin(self, job: Callable[[], object]) -> None:
        """A worker that starts at this moment."""
        self._enter(self.now, _Worker(job, self._back))

    def pass_time(self, seconds: float) -> None:
        """The worker that calls this lets others run until its time has come."""
        worker = self._running
        if worker is None:  # what is made ready before a worker runs takes no time
            return
        self._enter(self.now + seconds, worker)
        self._back.release()
        worker.turn.acquire()

    def run(self, is_over: Callable[[], bool]) -> None:
        """Raises what a worker raised."""
        while self._due and not is_over():
            self.now, _, worker = heapq.heappop(self._due)
            self._running = worker
            worker.turn.release()
            self._back.acquire()
            self._running = None
            if worker.trouble is not None:
                raise worker.trouble

    def around(self, name: str, call: Callable[[], Any], *_: object, **__: object) -> Any:
        """The call takes effect in the middle of its time."""
        self.fate_of(name, share=0.5)
        answer = call()
        self.pass_time(SECONDS[name] / 2)
        return answer

    def fate_of(self, name: str, *, share: float = 1.0) -> Fate:
        self.calls[name] += 1
        self.pass_time(SECONDS[name] * share)
        return Fate.WELL

    def _enter(self, at: float, worker: _Worker) -> None:
        heapq.heappush(self._due, (at, next(self._number), worker))
