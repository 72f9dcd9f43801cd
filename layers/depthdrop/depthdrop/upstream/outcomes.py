"""What an upstream answer came to, as data. Nothing here is an exception: every one of these is expected."""

from dataclasses import dataclass
from enum import StrEnum


class Refused(StrEnum):
    """Why a POST was refused, hence not charged, and so what to do with the drop."""

    REQUEST = "request_refused"  # terminal: the request itself is wrong
    MODEL = "model_withdrawn"  # terminal: name the successor
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
    """The upstream said no before doing anything; nothing was charged."""

    reason: Refused
    message: str
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """The request provably never reached the upstream; nothing was charged."""

    message: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The request may have been charged and nobody can tell. It is never sent again by itself."""

    message: str


PostOutcome = Accepted | RefusedPost | Unsent | Ambiguous


@dataclass(frozen=True, slots=True)
class Pending:
    """Not finished, or not understood: look again. `hint_seconds` is the upstream's Retry-After."""

    note: str
    hint_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The upstream does not know the task, which right after submitting may pass."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The edited image waits at `sample`, for about ten minutes."""

    sample: str
    seed: int | None = None
    duration_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The upstream ended the task without an image."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The key is refused on a poll: stop, keep the task id, resume when the owner has acted."""

    message: str


PollOutcome = Pending | Missing | Ready | Failed | Stopped
