"""Judges an answer of get_result. The body is read before the HTTP status: some failures come as 503 with JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from depthdrop.upstream.answer import NoAnswer, Observation, error_body, json_object, retry_after_seconds

_SUCCESS = frozenset({"ready", "success"})
_MODERATED = frozenset({"request moderated", "content moderated"})
_FAILED = frozenset({"error", "failed", "failure"})
_MISSING = "task not found"
_REASONS_MAX = 10
_WORDS = re.compile(r"[\w -]+")  # a status is logged only if it is words: a link must not be
_LINK_MAX = 8192


@dataclass(frozen=True, slots=True)
class Pending:
    """Not finished, or not understood: poll again. `hint_seconds` is the upstream's Retry-After."""

    note: str
    hint_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The upstream does not know the task. Right after submitting, it may know it a moment later."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The edited picture can be fetched from the link `sample` for about ten minutes."""

    sample: str
    seed: int | None = None
    duration_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The upstream ended the task without a picture."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The upstream refused the key on a poll: stop, keep the task id, resume when the owner has set a good key."""

    message: str


PollOutcome = Pending | Missing | Ready | Failed | Stopped


def classify_poll(seen: Observation) -> PollOutcome:
    """The outcome of one poll. Never raises, whatever the answer."""
    if isinstance(seen, NoAnswer):
        return Pending(f"no answer ({seen.detail})")
    if seen.status in {401, 403}:
        _, message = error_body(seen)
        return Stopped(message or f"The upstream refused the key (HTTP {seen.status}).")
    if (task := _task_of(json_object(seen) or {})) is not None:
        status = str(task.get("status"))
        word = status[:40] if _WORDS.fullmatch(status) else "of no words"
        # A task with an unknown status is polled until its deadline.
        return _by_status(status.strip().lower(), task) or Pending(f"status {word!r}", retry_after_seconds(seen))
    if seen.status == 404:
        return Missing()
    return Pending(f"HTTP {seen.status} without a status", retry_after_seconds(seen))


def _task_of(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """The object with the status: the body itself, or `data` of CometAPI's envelope."""
    if isinstance(body.get("status"), str):
        return body
    inner = body.get("data")
    return inner if isinstance(inner, dict) and isinstance(inner.get("status"), str) else None


def _by_status(status: str, task: Mapping[str, object]) -> PollOutcome | None:
    if status in _SUCCESS:
        return _ready(task)
    if status == _MISSING:
        return Missing()
    if status in _MODERATED:
        reasons = _moderation_reasons(task)
        about = f" ({', '.join(reasons)})" if reasons else ""
        stopped = "prompt or picture" if status.startswith("request") else "edited picture"
        return Failed("moderated", f"The upstream's moderation stopped the {stopped}{about}.")
    if status in _FAILED:
        reason = task.get("fail_reason")
        about = f": {reason[:200]}" if isinstance(reason, str) and reason.isprintable() and reason else "."
        return Failed("upstream_failed", f"The upstream failed to make the edit{about}")
    return None


def _ready(task: Mapping[str, object]) -> PollOutcome:
    for name in ("result", "data"):
        result = task.get(name)
        if not isinstance(result, dict):
            continue
        sample = result.get("sample")
        if isinstance(sample, str) and 0 < len(sample) <= _LINK_MAX and sample.isprintable():
            return Ready(sample, _seed(result.get("seed")), _seconds(result.get("duration")))
    return Pending("ready, but without a link")


def _seed(value: object) -> int | None:
    """The seed, or None if a double cannot hold it: Step Functions carries numbers as doubles."""
    return value if type(value) is int and abs(value) <= 2**53 else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 86_400 else None  # a day; no NaN, no number too large for a float


def _moderation_reasons(task: Mapping[str, object]) -> list[str]:
    details = task.get("details")
    listed = details.get("Moderation Reasons") if isinstance(details, dict) else None
    reasons = listed[:_REASONS_MAX] if isinstance(listed, list) else []
    return [reason[:100] for reason in reasons if isinstance(reason, str) and reason.isprintable()]
