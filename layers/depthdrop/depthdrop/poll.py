"""poll: looks at one task for its share of time and says, as data, what it saw.

Outcome statuses: `pending` with whole `wait_seconds`, `ready` with the link, `failed` by the upstream's word,
`expired` when there is no sense in looking further; then the task id is kept and the edit can be resumed.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from depthdrop.environment import PollEnvironment, load
from depthdrop.outcomes import Failed, Missing, Pending, PollOutcome, Ready, Stopped
from depthdrop.poll_outcome import classify_poll
from depthdrop.schedule import NOT_FOUND_GRACE, Linger, next_wait
from depthdrop.upstream import Upstream
from depthdrop.upstream_key import KeyMissingError, UpstreamKey

_RETURN_MARGIN_SECONDS = 3.0  # kept of the Lambda's time to hand the outcome back

Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """The part of an execution's state that poll needs. Times are epoch seconds."""

    edit_id: str
    task_id: str
    polling_url: str | None
    submitted_at: float
    deadline_at: float


@dataclass(frozen=True, slots=True)
class Poll:
    """The use case with its collaborators. `clock` gives epoch seconds."""

    upstream: Upstream
    key: UpstreamKey
    linger: Linger
    logger: Logger
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def handle(self, watch: Watch, seconds_left: Callable[[], float]) -> Outcome:
        """Look every interval until there is news, the share of time is over, or the deadline has passed."""
        end = self.clock() + self.linger.seconds
        refetched = fetch_now = False
        while True:
            outcome = self._look(watch, seconds_left(), fetch_now=fetch_now)
            fetch_now = False
            now = self.clock()
            match outcome:
                case Ready(sample, seed, duration):
                    return {"status": "ready", "sample": sample, "seed": seed, "duration_seconds": duration}
                case Failed(code, message):
                    return {"status": "failed", "code": code, "message": message}
                case Stopped(message) if refetched:
                    return _expired("key_refused", message)
                case Stopped():
                    refetched = fetch_now = True
                    continue
                case Missing() if now - watch.submitted_at > NOT_FOUND_GRACE:
                    return _expired("task_not_found", "The upstream does not know the task.")
            if now >= watch.deadline_at:
                return _expired("deadline_passed", "The upstream had not finished by the deadline.")
            hint = outcome.hint_seconds if isinstance(outcome, Pending) else None
            pause = max(self.linger.interval, hint or 0.0)
            if now + pause >= end or seconds_left() - pause <= _RETURN_MARGIN_SECONDS:
                return self._pending(watch, outcome, now, hint)
            self.sleep(pause)

    def _look(self, watch: Watch, seconds: float, *, fetch_now: bool) -> PollOutcome:
        try:
            key = self.key.refetched() if fetch_now else self.key.current()
        except KeyMissingError as error:
            return Stopped(str(error))
        return classify_poll(self.upstream.get_result(watch.task_id, watch.polling_url, key, seconds))

    def _pending(self, watch: Watch, outcome: PollOutcome, now: float, hint: float | None) -> Outcome:
        note = outcome.note if isinstance(outcome, Pending) else "task not found yet"
        wait = next_wait(now - watch.submitted_at, hint, watch.deadline_at - now)
        self.logger.info("pending", extra={"note": note, "wait_seconds": wait})
        return {"status": "pending", "wait_seconds": wait}


def _expired(code: str, message: str) -> Outcome:
    return {"status": "expired", "code": code, "message": message}


def watch_of(state: Mapping[str, Any]) -> Watch:
    """The execution's state as poll reads it; KeyError names what is missing."""
    return Watch(
        edit_id=state["edit_id"],
        task_id=state["task_id"],
        polling_url=state.get("polling_url"),
        submitted_at=float(state["submitted_at"]),
        deadline_at=float(state["deadline_at"]),
    )


def from_environment(logger: Logger) -> Poll:
    environment = load(PollEnvironment)
    return Poll(
        upstream=Upstream(environment.upstream_base_url),
        key=UpstreamKey(environment.upstream_key_secret_arn),
        linger=Linger(environment.linger_seconds),
        logger=logger,
    )
