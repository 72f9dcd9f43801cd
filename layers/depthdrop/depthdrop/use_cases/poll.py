"""poll: looks at one task for its share of time and says, as data, what it saw.

Outcome statuses: `pending` with whole `wait_seconds`, `ready` with the link, `failed` by the upstream's word,
`expired` when there is no sense in looking further; then the task id is kept and the edit can be resumed.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools import Logger

from depthdrop.environment import PollEnvironment, load
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.key import KeyMissingError, UpstreamKey
from depthdrop.upstream.poll_outcome import Failed, Missing, Pending, PollOutcome, Ready, Stopped, classify_poll
from depthdrop.watch.deadline import given_up
from depthdrop.watch.latency import Latency, ended_at, of_state
from depthdrop.watch.poll_intervals import interval, linger, next_wait

_RETURN_MARGIN_SECONDS = 3.0  # kept of the Lambda's time to hand the outcome back
_SHORTEST_PAUSE_SECONDS = 0.1
_UNSTEADY = 0.1  # of the interval, either way

Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """The part of an execution's state that poll needs. Times are epoch seconds; `waited` is in seconds."""

    task_id: str
    polling_url: str | None
    submitted_at: float
    deadline_at: float
    waited: float = 0.0
    latency: Latency = field(default_factory=lambda: of_state(None))


@dataclass(frozen=True, slots=True)
class Poll:
    """The use case with its collaborators. `clock` gives epoch seconds."""

    upstream: Upstream
    key: UpstreamKey
    longest_linger: float
    logger: Logger
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def handle(self, watch: Watch, seconds_left: Callable[[], float]) -> Outcome:
        """Look every interval until there is news, the share of time is over, or the deadline has passed."""
        began = self.clock()
        end = began + linger(watch.latency, began - watch.submitted_at, self.longest_linger)
        refetched = fetch_now = looked_before = False
        while True:
            looked_at = self.clock()
            outcome = self._look(watch, seconds_left(), fetch_now=fetch_now)
            fetch_now = False
            now = self.clock()
            match outcome:
                case Ready():
                    return _ready(watch, outcome, now, looked_before=looked_before)
                case Failed(code, message):
                    return {"status": "failed", "code": code, "message": message}
                case Stopped(message) if refetched:
                    return _expired("key_refused", message)
                case Stopped():
                    refetched = fetch_now = True
                    continue
            is_unknown = isinstance(outcome, Missing)
            if reason := given_up(now, watch.submitted_at, watch.deadline_at, is_unknown=is_unknown):
                return _expired(*reason)
            hint = outcome.hint_seconds if isinstance(outcome, Pending) else None
            pause = self._pause(watch, hint, now - looked_at)
            if now + pause >= end or seconds_left() - pause <= _RETURN_MARGIN_SECONDS:
                return self._pending(watch, outcome, now, hint)
            looked_before = True
            self.sleep(pause)

    def _pause(self, watch: Watch, hint: float | None, looking: float) -> float:
        """Looks begin an interval apart, however long one takes, and never in step with those of other tasks."""
        unsteady = interval(watch.latency) * (1 + _UNSTEADY * (2 * self.chance() - 1))
        return max(unsteady - looking, _SHORTEST_PAUSE_SECONDS, hint or 0.0)

    def _look(self, watch: Watch, seconds: float, *, fetch_now: bool) -> PollOutcome:
        try:
            key = self.key.refetched() if fetch_now else self.key.current()
        except KeyMissingError as error:
            return Stopped(str(error))
        return classify_poll(self.upstream.get_result(watch.task_id, watch.polling_url, key, seconds))

    def _pending(self, watch: Watch, outcome: PollOutcome, now: float, hint: float | None) -> Outcome:
        self.logger.append_keys(note=outcome.note if isinstance(outcome, Pending) else "task not found yet")
        wait = next_wait(watch.latency, now - watch.submitted_at, hint, watch.deadline_at - now)
        return {"status": "pending", "wait_seconds": wait}


def _ready(watch: Watch, found: Ready, now: float, *, looked_before: bool) -> Outcome:
    age = now - watch.submitted_at
    took = ended_at(age, watch.waited, looked_before=looked_before, stated=found.duration_seconds)
    return {
        "status": "ready",
        "sample": found.sample,
        "seed": found.seed,
        "duration_seconds": found.duration_seconds,
        "took_seconds": round(took, 3),
    }


def _expired(code: str, message: str) -> Outcome:
    return {"status": "expired", "code": code, "message": message}


def watch_of(state: Mapping[str, Any]) -> Watch:
    """The execution's state as poll reads it; KeyError names what is missing."""
    return Watch(
        task_id=state["task_id"],
        polling_url=state.get("polling_url"),
        submitted_at=float(state["submitted_at"]),
        deadline_at=float(state["deadline_at"]),
        waited=float(state.get("wait_seconds", 0)),
        latency=of_state(state.get("latency")),
    )


def from_environment(logger: Logger) -> Poll:
    environment = load(PollEnvironment)
    upstream, key = Upstream(environment.upstream_base_url), UpstreamKey(environment.upstream_key_secret_arn)
    return Poll(upstream, key, environment.linger_seconds, logger)
