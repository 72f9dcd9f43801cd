"""The wait: from ready to noticed, and what that costs; ours against a job poller of 5 s in simulated time."""

import random
from collections.abc import Iterable
from functools import cache
from statistics import mean

from tests.bench.figures import Figure
from tests.bench.prices import LAMBDA_GB_SECOND, LAMBDA_REQUEST, TRANSITION
from tests.bench.wait_simulation import Summary, Waited, learning, looping, published, summary, times

EDITS = 10_000
PEER_SECONDS = 5.0
POLL_GB = 0.25  # the template's memory of poll; the peer's function is given the same
_MEAN_DELAY, _P95_DELAY, _TRANSITIONS, _USD, _GETS = 0.5, 1.0, 5.0, 0.17, 50.0
_BACK_AFTER, _WITHIN = 50, 1.5
_RUNS = 20  # of a changed pace: fifty edits alone say little


def figures() -> Iterable[Figure]:
    """Means over all edits, the first of which know nothing but the model's published mean."""
    ours, peer = both()
    yield _at_most("wait: mean seconds from ready to noticed", ours.mean_delay, peer.mean_delay, _MEAN_DELAY)
    yield _at_most("wait: 95th percentile of the same", ours.p95_delay, peer.p95_delay, _P95_DELAY)
    yield _at_most("wait: state transitions an edit", ours.transitions, peer.transitions, _TRANSITIONS)
    yield _at_most("wait: dollars for 1000 edits", 1000 * usd(ours), 1000 * usd(peer), _USD)
    yield _at_most("wait: GETs an edit", ours.gets, peer.gets, _GETS)
    for name, factor in (("slower", 5.0), ("faster", 0.2)):
        before, after = changed_pace(factor)
        yield _at_most(
            f"wait: mean seconds {_BACK_AFTER} edits after the upstream became 5 times {name} (peer: before)",
            after,
            before,
            round(_WITHIN * before, 3),
        )


@cache
def both() -> tuple[Summary, Summary]:
    """Ours and the peer's, of the same tasks."""
    random.seed(1)  # the jitter
    took = times(EDITS)
    ours, _ = learning(took, published())
    return summary(ours), summary([looping(seconds, lambda _: PEER_SECONDS) for seconds in took])


def usd(of: Summary) -> float:
    """What AWS asks for one edit's wait."""
    return (
        of.transitions * TRANSITION
        + of.lambda_seconds * POLL_GB * LAMBDA_GB_SECOND
        + of.invocations * LAMBDA_REQUEST
    )


def changed_pace(factor: float) -> tuple[float, float]:
    """Mean delays of fifty edits: the last before the upstream changed its pace, and after fifty at the new one."""
    random.seed(2)
    before: list[Waited] = []
    after: list[Waited] = []
    for seed in range(_RUNS):
        usual, latency = learning(times(300, seed=seed), published())
        new, _ = learning(times(2 * _BACK_AFTER, 15.0 * factor, 19.0 * factor, seed=1000 + seed), latency)
        before += usual[-_BACK_AFTER:]
        after += new[_BACK_AFTER:]
    return mean(one.delay for one in before), mean(one.delay for one in after)


def _at_most(name: str, ours: float, peer: float, most: float) -> Figure:
    return Figure(name, round(ours, 3), round(peer, 3), f"at most {most:g}", kept=ours <= most)
