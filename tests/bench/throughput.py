"""A thousand drops at once: how much of the slots they use, and whether waiting costs; in simulated time."""

from collections.abc import Iterable
from unittest.mock import patch

from depthdrop.watch.latency import Latency
from tests.bench import agenda
from tests.bench.backlog import SLOTS, Worked, processed
from tests.bench.figures import Figure
from tests.bench.wait_simulation import looping

_DROPS, _SOME, _FEW = 1000, 500, 100
_PEER_SECONDS = 5.0
_LEAST_SHARE, _MOST_GROWTH = 0.95, 1.10
_SLOW_POST_SECONDS = 1.5


def figures() -> Iterable[Figure]:
    """`peer` is the same code with the job poller's wait, and with nobody but sweep to send parked drops again."""
    many, few = processed(_DROPS), processed(_FEW)
    peer = processed(_SOME, by_job_poller, releases=False)
    share = many.share_of_ideal(_DROPS // 10, _DROPS * 9 // 10)
    yield Figure(
        f"throughput: completions 100 to 900 of {_DROPS} as a share of {SLOTS} slots by mean latency",
        round(share, 4),
        _share(peer, _SOME),
        f"at least {_LEAST_SHARE:g}",
        kept=share >= _LEAST_SHARE,
    )
    yield Figure(
        f"throughput: AWS calls of a drop with {_DROPS} waiting (peer: with {_FEW})",
        round(many.calls, 2),
        round(few.calls, 2),
        "within 10 %",
        kept=many.calls <= few.calls * _MOST_GROWTH,
    )
    yield Figure(
        "throughput: most tasks at work upstream",
        many.most_active,
        None,
        f"at most {SLOTS}",
        kept=many.most_active <= SLOTS,
    )
    with patch.object(agenda, "SECONDS", {**agenda.SECONDS, "POST": _SLOW_POST_SECONDS}):
        slow = _share(processed(_SOME), _SOME)
    name = f"throughput: the same share when a POST takes {_SLOW_POST_SECONDS:g} s"
    yield Figure(name, slow, None, "reported", kept=True)


def by_job_poller(took: float, _: Latency) -> float:
    return looping(took, lambda _: _PEER_SECONDS).delay


def _share(worked: Worked, drops: int) -> float:
    return round(worked.share_of_ideal(drops // 10, drops * 9 // 10), 4)
