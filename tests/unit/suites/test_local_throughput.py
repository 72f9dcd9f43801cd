"""Throughput as read from events: when each picture was there, and when its task was at work."""

import pytest

from tests.bench.local_throughput import worked_of


def event(submitted: str, finished: str, upstream_seconds: float) -> dict[str, object]:
    timings = {"submitted_at": submitted, "finished_at": finished, "upstream_seconds": upstream_seconds}
    return {"data": {"timings": timings}}


def test_the_share_is_the_time_at_work_of_all_slots_between_two_completions() -> None:
    """Two of twenty slots are at work for eight of the ten seconds between."""
    found = worked_of(
        [
            event("2026-06-10T08:00:00Z", "2026-06-10T08:00:10Z", 9.0),
            event("2026-06-10T08:00:11Z", "2026-06-10T08:00:20Z", 8.0),
            event("2026-06-10T08:00:11Z", "2026-06-10T08:00:19Z", 8.0),
        ],
        2,
    )

    assert found.completed == sorted(found.completed)
    assert found.share_of_ideal(1, 3) == pytest.approx(2 * 8 / 10 / 20)
    assert found.most_active == 2
