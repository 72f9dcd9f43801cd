"""The upstream's own work items: when each is ready, which are active, and where its sample lies.

A task is active from its acceptance until it is ready or has failed; CometAPI's Flux allows 24 (grade C).
Latencies are lognormal. Published averages are 19 s for depth and single runs from 3 s to 100 s (grade C);
the default median of 15 s puts most of that range within two sigma.
"""

import hashlib
import math
import random
import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.fake_upstream.faults import Subject
from local.fake_upstream.models import Model
from local.fake_upstream.settings import Tuning

if TYPE_CHECKING:
    from concurrent.futures import Future


@dataclass
class Link:
    """A signed link to a sample: whoever knows the token may fetch, until it expires."""

    token: str
    task: "Task"
    expires_at: float


@dataclass
class Task:
    """One accepted request. Times are epoch seconds of the wall clock, already divided by the speed."""

    task_id: str
    model: Model
    subject: Subject
    seed: int
    format: str
    accepted_at: float
    ready_at: float
    ends_at: float  # when its place is free again: later than ready_at for a task that hangs
    painted: "Future[None]"  # done when the sample is on the shelf
    links: list[Link] = field(default_factory=list)

    def progress(self, now: float) -> float:
        """The share of the work that is done, 0 to 1."""
        span = self.ready_at - self.accepted_at
        return 1.0 if span <= 0 else min(1.0, max(0.0, (now - self.accepted_at) / span))


class TaskBook:
    """Every task since the last reset."""

    def __init__(self, random_seed: int | None) -> None:
        self._random_seed = random_seed
        self.clear()

    def clear(self) -> None:
        """Forget all tasks and links; the latencies start over."""
        self._rng = random.Random(self._random_seed)
        self._tasks: dict[str, Task] = {}
        self._links: dict[str, Link] = {}
        self._active: set[str] = set()
        self.peak_active = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def find(self, task_id: str) -> Task | None:
        """The task, if it is known."""
        return self._tasks.get(task_id)

    def link(self, token: str) -> Link | None:
        """The link, expired or not."""
        return self._links.get(token)

    def latency(self, tuning: Tuning) -> float:
        """Draw the real seconds the next task takes."""
        sigma = math.sqrt(2 * math.log(tuning.mean / tuning.median))
        return self._rng.lognormvariate(math.log(tuning.median), sigma) / tuning.speed

    def add(self, task: Task) -> None:
        """Take a task in."""
        self._tasks[task.task_id] = task
        self._active.add(task.task_id)
        self.peak_active = max(self.peak_active, self.active(task.accepted_at))

    def active(self, now: float) -> int:
        """How many places are taken."""
        self._active = {one for one in self._active if self._tasks[one].ends_at > now}
        return len(self._active)

    def end(self, task: Task, now: float) -> None:
        """Free a task's place before its time: it has failed."""
        task.ends_at = min(task.ends_at, now)

    def next_end(self, now: float) -> float:
        """Real seconds until a place is free."""
        ends = [self._tasks[one].ends_at - now for one in self._active]
        return max(0.0, min(ends, default=0.0))

    def give_link(self, task: Task, now: float, tuning: Tuning, *, fresh: bool) -> Link:
        """The task's current link; a new one when that has expired and a fresh one may be given."""
        if task.links and (not fresh or task.links[-1].expires_at > now):
            return task.links[-1]
        link = Link(secrets.token_urlsafe(24), task, now + tuning.link_seconds / tuning.speed)
        task.links.append(link)
        self._links[link.token] = link
        return link


def new_task_id() -> str:
    """Random even when the latencies are seeded: a restarted server must not repeat an id it gave before."""
    return str(uuid.uuid4())


def draw_seed(subject: Subject) -> int:
    """The seed of a request that names none: the same for the same prompt and picture."""
    text = f"{subject.prompt}\0{subject.image_sha256}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4])
