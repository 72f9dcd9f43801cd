"""Judges the answer to a POST: accepted, refused, unsent or ambiguous. Verdicts are data, not exceptions.

Pure. This decides about money: only a request that is proved to be unsent or refused may be sent again.
Sources: CometAPI's error page and Black Forest Labs' published answers, see docs/upstream.md.
"""

from dataclasses import dataclass
from enum import StrEnum

from depthdrop.upstream.answer import Answer, NoAnswer, Observation, error_body, json_object, retry_after_seconds

_TASK_ID_MAX = 256
_POLLING_URL_MAX = 2048
_QUOTA_WORDS = ("quota", "balance", "credit", "funds")


class Refused(StrEnum):
    """Why a POST was refused, and not charged. It decides what is done with the drop."""

    REQUEST = "request_refused"  # terminal: the request itself is wrong
    MODEL = "model_withdrawn"  # terminal: the refusal names the successor
    KEY = "key_refused"  # parked: the owner must act
    BALANCE = "balance_empty"  # parked: the owner must act
    BUSY = "upstream_busy"  # parked until Retry-After


@dataclass(frozen=True, slots=True)
class Accepted:
    """The task exists and is paid for."""

    task_id: str
    polling_url: str | None


@dataclass(frozen=True, slots=True)
class RefusedPost:
    """The upstream refused the request; nothing was charged."""

    reason: Refused
    message: str
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """The request never reached the upstream; nothing was charged."""

    message: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The request may have been charged. It is never sent again automatically."""

    message: str


PostOutcome = Accepted | RefusedPost | Unsent | Ambiguous


def classify_post(seen: Observation) -> PostOutcome:
    """The verdict for each observation, as in the table of docs/upstream.md."""
    if isinstance(seen, NoAnswer):
        if not seen.started:
            return Unsent(f"The upstream could not be reached ({seen.detail}).")
        return Ambiguous(f"The answer to a paid request was lost ({seen.detail}).")
    if 200 <= seen.status < 300:
        return _accepted(seen)
    code, said = error_body(seen)
    reason = _refusal_reason(seen.status, code, said)
    if reason is None:
        message = f"The upstream answered HTTP {seen.status} after the request was sent. {said}"
        return Ambiguous(message.strip())
    message = said or f"HTTP {seen.status} without an explanation."
    return RefusedPost(reason, message, retry_after_seconds(seen) if reason is Refused.BUSY else None)


def _accepted(seen: Answer) -> PostOutcome:
    body = json_object(seen)
    if body is None:
        return Ambiguous(f"The upstream answered HTTP {seen.status} with something that is not JSON.")
    inner = body.get("data")
    for source in (body, inner if isinstance(inner, dict) else {}):
        for name in ("id", "task_id"):
            found = source.get(name)
            if isinstance(found, str) and 0 < len(found) <= _TASK_ID_MAX and found.isprintable():
                return Accepted(found, _polling_url(source.get("polling_url")))
    return Ambiguous(f"The upstream answered HTTP {seen.status} without a task id.")


def _polling_url(value: object) -> str | None:
    """A usable polling URL. It is optional, because the task id is enough for polling."""
    if not isinstance(value, str) or not 0 < len(value) <= _POLLING_URL_MAX:
        return None
    return value if value.isascii() and value.isprintable() else None


def _refusal_reason(status: int, code: str, message: str) -> Refused | None:
    """None means ambiguous. Words are read only for 403, where the contract has no other distinction."""
    if status == 403:
        quota = any(word in f"{code} {message}".lower() for word in _QUOTA_WORDS)
        return Refused.BALANCE if quota else Refused.KEY
    if status in {400, 422} or (status == 500 and code == "invalid_request"):
        return Refused.REQUEST
    if status in {404, 410} or (status == 503 and code == "model_not_found"):
        return Refused.MODEL
    return {401: Refused.KEY, 402: Refused.BALANCE, 429: Refused.BUSY}.get(status)
