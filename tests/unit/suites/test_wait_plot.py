"""The plot shows what the schedules do."""

import pytest

from tests.bench.wait_plot import FILE, drawing, schedules


def test_the_plot_in_the_docs_is_the_one_that_is_drawn() -> None:
    assert FILE.read_text() == drawing()


def test_each_schedule_looks_when_it_says() -> None:
    looks = schedules()

    assert looks["every 30 s"] == pytest.approx((30.2, 60.65, 91.1))
    assert [round(look) for look in looks["1 s, doubling to 30 s"]] == [1, 4, 8, 17, 33, 63]
    assert 3 < looks["ours"][0] < 6
    assert all(0.3 < later - look < 1.5 for look, later in zip(looks["ours"], looks["ours"][1:], strict=False))
