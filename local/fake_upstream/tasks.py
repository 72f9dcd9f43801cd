"""Tasks: when each is ready, which are active, and their samples with the links to them.

A task is active until it is ready or has failed; CometAPI's Flux allows 24 active ones (grade C). Latencies are
lognormal. Published are an average of 19 s for depth and single runs from 3 s to 100 s (grade C); with the default
median of 15 s most of that range is within two sigma.

Samples are painted in threads, so that the event loop is never blocked. They are kept up to a number of bytes in
all; the oldest are removed first, and their links then answer 404.
"""

import contextlib
import math
import random
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from local.fake_upstream.faults import Subject
from local.fake_upstream.settings import Tuning

WORKERS = 2
KEPT_BYTES = 512 * 1024 * 1024
BIG_PIXELS = 5_000_000  # larger pictures are painted one at a time: each pixel takes about 13 bytes


@dataclass
class Link:
    """A signed link to a sample: a client that knows the token may fetch it until it expires."""

    token: str
    task: "Task"
    expires_at: float


@dataclass
class Task:
    """One accepted request. Times are epoch seconds of the wall clock, already divided by the speed."""

    task_id: str
    subject: Subject
    seed: int
    format: str
    accepted_at: float
    ready_at: float
    ends_at: float  # no longer active: later than ready_at for a task that hangs
    painted: Future[None]  # done when the painter has the sample
    link: Link | None = None  # the latest

    def progress(self, now: float) -> float:
        """From 0 to 1."""
        span = self.ready_at - self.accepted_at
        return 1.0 if span <= 0 else min(1.0, max(0.0, (now - self.accepted_at) / span))


class TaskBook:
    """Every task and every link since the last reset, by id and by token."""

    def __init__(self, random_seed: int | None) -> None:
        self._rng = random.Random(random_seed)
        self.tasks: dict[str, Task] = {}
        self.links: dict[str, Link] = {}
        self._active: list[Task] = []
        self.peak_active = 0

    def latency(self, tuning: Tuning) -> float:
        """A random latency for the next task, in real seconds."""
        sigma = math.sqrt(2 * math.log(tuning.mean / tuning.median))
        return self._rng.lognormvariate(math.log(tuning.median), sigma) / tuning.speed

    def add(self, task: Task) -> None:
        """Record an accepted task."""
        self.tasks[task.task_id] = task
        self._active.append(task)
        self.peak_active = max(self.peak_active, self.active(task.accepted_at))

    def active(self, now: float) -> int:
        """The number of active tasks."""
        self._active = [task for task in self._active if task.ends_at > now]
        return len(self._active)

    def next_end(self, now: float) -> float:
        """Real seconds until a task is no longer active."""
        return max(0.0, min((task.ends_at - now for task in self._active), default=0.0))

    def give_link(self, task: Task, now: float, tuning: Tuning, *, fresh: bool) -> Link:
        """The task's link; once it has expired a new one, if `fresh` allows it."""
        if task.link is None or (fresh and task.link.expires_at <= now):
            task.link = Link(secrets.token_urlsafe(24), task, now + tuning.link_seconds / tuning.speed)
            self.links[task.link.token] = task.link
        return task.link


class Painter:
    """Two threads that paint, and the samples by task id."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fake-upstream-painter")
        self._big_picture = threading.Lock()
        self._samples_lock = threading.Lock()
        self.samples: dict[str, bytes] = {}

    def order(self, task_id: str, pixels: int, paint: Callable[[], bytes]) -> Future[None]:
        """Start painting a picture with this number of pixels; the future fails when `paint` does."""
        return self._pool.submit(self._paint, task_id, pixels, paint)

    def close(self) -> None:
        """Finish the pictures being painted, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _paint(self, task_id: str, pixels: int, paint: Callable[[], bytes]) -> None:
        with self._big_picture if pixels > BIG_PIXELS else contextlib.nullcontext():
            sample = paint()
        with self._samples_lock:
            kept = self.samples
            kept[task_id] = sample
            while len(kept) > 1 and sum(map(len, kept.values())) > KEPT_BYTES:
                kept.pop(next(iter(kept)))
