"""What a step of submit came to: the queue message may go, or it must come back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """The message may go. `what` is for the log."""

    what: str


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The message must come back after so many seconds."""

    seconds: int
    why: str


Settled = Done | ComeBack
