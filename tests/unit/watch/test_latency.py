"""What is known of a model's latency, and how it is learned."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.watch.latency import Latency, ended_at, expected, of_state

USUAL = Latency(15.0)


def drawn(latency: Latency, seed: int) -> float:
    return Random(seed).lognormvariate(  # noqa: S311  # repeatable, not secret
        math.log(latency.median), latency.spread
    )


def test_fifty_percent_of_the_tasks_have_ended_at_the_median() -> None:
    assert USUAL.done_by(15.0) == 0.5
    assert USUAL.quantile(0.5) == 15.0
    assert USUAL.done_by(0.0) == USUAL.done_by(-1.0) == 0.0


def test_a_quantile_of_those_that_are_left() -> None:
    later = USUAL.quantile(0.05, age=20.0)

    assert (USUAL.done_by(later) - USUAL.done_by(20.0)) / (1 - USUAL.done_by(20.0)) == pytest.approx(0.05)


def test_a_task_older_than_any_that_was_seen_is_expected_to_end_now() -> None:
    assert USUAL.quantile(0.05, age=1e9) == 1e9


@pytest.mark.parametrize("wait", [0.0, 5.0, 40.0])
def test_the_mean_beyond_a_wait_is_that_of_drawn_tasks(wait: float) -> None:
    draws = [max(drawn(USUAL, seed) - wait, 0.0) for seed in range(50_000)]

    assert USUAL.mean_beyond(wait) == pytest.approx(sum(draws) / len(draws), rel=0.08)


def test_a_published_mean_is_expected_with_the_usual_skew() -> None:
    assert expected(19.0).median == pytest.approx(15.0, abs=0.01)
    assert expected(19.0).mean_beyond(0.0) == pytest.approx(19.0)


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_fifty_tasks_teach_a_new_pace(factor: float) -> None:
    latency, new = USUAL, Latency(15.0 * factor)
    for seed in range(50):
        latency = latency.learned(drawn(new, seed))

    assert latency.median == pytest.approx(new.median, rel=0.35)
    assert 0.45 < latency.spread < 1.0


def test_one_outlier_moves_little() -> None:
    after = USUAL.learned(86_400.0)

    assert after.median < 15.0 * 1.25
    assert after.spread < 1.0


@given(st.lists(st.floats(allow_nan=False), max_size=30))
def test_whatever_is_seen_the_estimate_stays_sound(seen: list[float]) -> None:
    latency = USUAL
    for seconds in seen:
        latency = latency.learned(seconds)

    assert 0.1 <= latency.median <= 86_400
    assert 0.3 <= latency.spread <= 1.2


def test_an_executions_input_carries_it() -> None:
    assert of_state(Latency(14.9993, 0.68801).to_state()) == Latency(14.999, 0.688)
    assert of_state(None) == USUAL


@pytest.mark.parametrize(
    ("looked_before", "stated", "ended"),
    [
        (True, None, 20.0),
        (True, 12.0, 20.0),  # it was seen unready after that
        (False, None, 17.5),
        (False, 16.0, 16.0),
        (False, 14.0, 17.5),  # the look before the wait found it unready
        (False, 21.0, 17.5),  # nothing takes longer than its age
    ],
)
def test_a_task_found_ready_ended_between_the_last_two_looks(
    looked_before: bool,  # noqa: FBT001  # pytest passes it by name
    stated: float | None,
    ended: float,
) -> None:
    assert ended_at(20.0, 5.0, looked_before=looked_before, stated=stated) == ended


def test_a_wait_that_began_before_the_task_counts_from_the_tasks_start() -> None:
    assert ended_at(4.0, 5.0, looked_before=False, stated=None) == 2.0
