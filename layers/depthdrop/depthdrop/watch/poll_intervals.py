"""The waits between looks at a task, derived from costs in docs/decisions.md, "The wait". Pure; in seconds."""

import math

from depthdrop.watch.latency import Latency

# US dollars, us-east-1, November 2026: aws.amazon.com/step-functions/pricing, aws.amazon.com/lambda/pricing
_TURN_USD = 3 * 0.000025  # Wait, Poll, IsPending
_LINGER_USD = 0.25 * 0.0000133334  # a second of poll: 256 MB on arm64
_LOOK_USD = 0.0000002  # a GET is not billed; it counts as a Lambda request here, so that we do not ask too often
_EARLY_SHARE = 0.02  # of tasks that may end before the first look
_DELAY_USD = _LINGER_USD * (1 - _EARLY_SHARE) / _EARLY_SHARE  # what that share says a second of delay is worth
_START_SECONDS = 0.2  # from the end of a wait to poll's first look

_SHORTEST_WAIT, _LONGEST_WAIT = 1, 30
_SHARE_OF_AGE = 0.02  # a wait is at least this share of the task's age: it bounds the turns of an execution
_SHARE_OF_LATE_AGE = 0.1  # for a task that takes longer than nearly all others
_NEARLY_ALL = 0.999
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 0.4, 2.0


def first_wait(latency: Latency, most: float) -> int:
    """Whole seconds between accepting a task and the first look at it."""
    return max(_SHORTEST_WAIT, round(min(latency.quantile(_EARLY_SHARE), most)))


def interval(latency: Latency) -> float:
    """Seconds from one look to the next: a longer one costs delay, a shorter one looks."""
    looking = latency.mean_beyond(latency.quantile(_EARLY_SHARE))
    best = math.sqrt(2 * _LOOK_USD * looking / _DELAY_USD)
    return min(max(best, _SHORTEST_INTERVAL), _LONGEST_INTERVAL)


def linger(latency: Latency, age: float, most: float) -> float:
    """How long to keep looking at a task of this age: `most`, or 0 (look once) when a wait is cheaper."""
    wait_usd = _TURN_USD + _DELAY_USD * _START_SECONDS
    return 0.0 if _wait(latency, age) * _LINGER_USD > wait_usd else most


def next_wait(latency: Latency, age: float, hint: float | None, left: float) -> int:
    """Whole seconds to wait before the next look at a task of this age, never past the deadline."""
    wished = max(_wait(latency, age), hint or 0.0)
    return max(_SHORTEST_WAIT, round(min(wished, _LONGEST_WAIT, max(left, 0.0))))


def _wait(latency: Latency, age: float) -> float:
    """Until the same small share of the tasks that are left has ended."""
    age = max(age, 0.0)  # clocks differ
    wait = latency.quantile(_EARLY_SHARE, age) - age
    share = _SHARE_OF_LATE_AGE if latency.done_by(age) > _NEARLY_ALL else _SHARE_OF_AGE
    return max(wait, age * share)
