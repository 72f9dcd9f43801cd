"""When a task is looked at: the first wait, the pace, how long a poll keeps looking, the waits between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.watch.latency import Latency
from depthdrop.watch.poll_intervals import first_wait, interval, linger, next_wait

USUAL = Latency(15.0)
LATENCIES = st.builds(Latency, st.floats(0.1, 86_400), st.floats(0.3, 1.2))


@pytest.mark.parametrize(
    ("latency", "most", "wait"),
    [
        (USUAL, 60, 4),
        (USUAL, 3, 3),
        (Latency(75.0), 60, 18),
        (Latency(3.0), 60, 1),
        (Latency(0.1), 60, 1),
        (Latency(1000.0), 60, 60),
        (Latency(15.0, 0.3), 60, 8),
    ],
)
def test_the_first_look_misses_the_quickest_few_alone(latency: Latency, most: float, wait: int) -> None:
    assert first_wait(latency, most) == wait


@pytest.mark.parametrize(
    ("median", "seconds"), [(1.0, 0.4), (15.0, 0.4), (75.0, 0.43), (1000.0, 1.58), (2000.0, 2.0)]
)
def test_the_longer_a_model_takes_the_slower_the_pace_of_looks(median: float, seconds: float) -> None:
    assert interval(Latency(median)) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(
    ("latency", "age", "seconds"),
    [
        (USUAL, 5, 60.0),
        (USUAL, 200, 60.0),
        (USUAL, 330, 0.0),  # it takes longer than nearly all: waits of 30 s are cheaper than looking all the time
        (Latency(1000.0), 100, 0.0),
        (Latency(75.0), 24, 60.0),
    ],
)
def test_a_poll_keeps_looking_unless_a_wait_is_cheaper(latency: Latency, age: float, seconds: float) -> None:
    assert linger(latency, age, 60.0) == seconds


@pytest.mark.parametrize(
    ("age", "hint", "left", "wait"),
    [
        (0, None, 1800, 4),
        (5, None, 1800, 1),
        (40, None, 1800, 1),
        (100, None, 1800, 2),
        (150, None, 1800, 15),
        (300, None, 1800, 30),
        (5000, None, 1800, 30),
        (0, 7.0, 1800, 7),
        (5, 0.0, 1800, 1),
        (0, 3600.0, 1800, 30),
        (200, 5.0, 1800, 20),
        (300, None, 10, 10),
        (300, None, 0, 1),
        (300, None, -50, 1),
    ],
)
def test_a_wait_ends_when_few_of_the_remaining_tasks_have_ended_and_never_passes_the_deadline(
    age: float, hint: float | None, left: float, wait: int
) -> None:
    assert next_wait(USUAL, age, hint, left) == wait


def test_a_clock_that_runs_behind_makes_a_task_new() -> None:
    assert next_wait(USUAL, -100, None, 1800) == 4
    assert linger(USUAL, -5, 60.0) == 60.0


@given(LATENCIES, st.floats(-1e6, 1e9), st.none() | st.floats(0, 3600), st.floats(-1e6, 1e9))
def test_every_wait_is_a_whole_number_that_step_functions_takes(
    latency: Latency, age: float, hint: float | None, left: float
) -> None:
    wait = next_wait(latency, age, hint, left)

    assert type(wait) is int
    assert 1 <= wait <= 30
    assert wait <= max(left + 0.5, 1)
    assert 1 <= first_wait(latency, 60) <= 60
    assert 0.4 <= interval(latency) <= 2.0
