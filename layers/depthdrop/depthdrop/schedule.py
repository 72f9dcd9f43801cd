"""When to look at a task: the waits between polls and the end of patience. Pure; all times are seconds."""

from dataclasses import dataclass

NOT_FOUND_GRACE = 60  # the contract: tolerate "Task not found" at least this long after submitting
_SHARE_OF_AGE = 0.1  # wait a tenth of the task's age, so that slow tasks cost few state transitions
_SHORTEST_WAIT = 1
_LONGEST_WAIT = 30


def next_wait(age: float, hint: float | None, left: float) -> int:
    """Whole seconds to wait before the next poll of a task of this age, never past the deadline."""
    wished = max(age * _SHARE_OF_AGE, hint or 0.0)
    return max(_SHORTEST_WAIT, round(min(wished, _LONGEST_WAIT, max(left, 0.0))))


@dataclass(frozen=True, slots=True)
class Linger:
    """How long one poll invocation keeps looking, and how often."""

    seconds: float
    interval: float = 0.5
