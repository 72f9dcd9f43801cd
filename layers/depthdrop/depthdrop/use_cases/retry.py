"""When a drop is tried again: how long it is parked for each reason, and when the circuit opens. Pure."""

from collections.abc import Callable, Mapping

from depthdrop.records.drops import BUDGET, NO_SLOT, UNREACHABLE
from depthdrop.upstream.post_outcome import PostOutcome, Refused, RefusedPost, Unsent

PARKED_SECONDS: Mapping[str, float] = {
    NO_SLOT: 0,  # due at once: the worker that frees a slot takes the oldest
    BUDGET: 0,  # apart from the others on the index: due when the budget has room
    UNREACHABLE: 60,
    Refused.BUSY: 30,  # doubled each time, and spread
}
LONGEST_BACK_OFF_SECONDS = 900
OPENS_CIRCUIT = frozenset({Refused.KEY, Refused.BALANCE})  # the owner must act: no other request would fare better


def parked_seconds(reason: str, busy_times: int, chance: Callable[[], float]) -> float:
    """How long a drop is parked when nothing better is known, such as a Retry-After.

    Twice as long each time that the upstream was busy (HTTP 429; `busy_times` counts the earlier ones), and never
    the same for all who wait: `chance` gives numbers from 0 to 1.
    """
    seconds = PARKED_SECONDS[reason]
    if reason != Refused.BUSY:
        return seconds
    longest = min(seconds * 2.0 ** min(busy_times, 10), LONGEST_BACK_OFF_SECONDS)
    return longest * (0.5 + chance() / 2)


def leaves_circuit_open(outcome: PostOutcome) -> bool:
    """Whether the circuit's cause may still be there after a probe: it was met again, or nobody answered."""
    return isinstance(outcome, Unsent) or (isinstance(outcome, RefusedPost) and outcome.reason in OPENS_CIRCUIT)
