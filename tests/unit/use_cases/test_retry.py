"""How long a drop is parked for each reason."""

import pytest

from depthdrop.records.drops import BUDGET, NO_SLOT, UNREACHABLE
from depthdrop.upstream.post_outcome import Refused
from depthdrop.use_cases.retry import parked_seconds


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("reason", "seconds"), [(NO_SLOT, 0), (BUDGET, 0), (UNREACHABLE, 60)])
def test_only_a_busy_upstream_spreads_the_waits(reason: str, seconds: int, chance: float) -> None:
    assert parked_seconds(reason, 3, lambda: chance) == seconds


@pytest.mark.parametrize(
    ("busy_times", "chance", "seconds"),
    [(0, 0.0, 15), (0, 1.0, 30), (1, 1.0, 60), (4, 0.0, 240), (5, 1.0, 900), (500, 0.0, 450), (500, 1.0, 900)],
)
def test_a_busy_upstream_is_left_alone_longer_each_time(busy_times: int, chance: float, seconds: int) -> None:
    assert parked_seconds(Refused.BUSY, busy_times, lambda: chance) == seconds
