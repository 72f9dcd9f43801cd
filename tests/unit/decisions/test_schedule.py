"""The waits between looks at a task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.schedule import NOT_FOUND_GRACE, next_wait


@pytest.mark.parametrize(
    ("age", "hint", "left", "wait"),
    [
        (0, None, 1800, 1),
        (5, None, 1800, 1),
        (40, None, 1800, 4),
        (100, None, 1800, 10),
        (300, None, 1800, 30),
        (5000, None, 1800, 30),
        (0, 7.0, 1800, 7),
        (0, 0.0, 1800, 1),
        (0, 3600.0, 1800, 30),
        (200, 5.0, 1800, 20),
        (300, None, 10, 10),
        (300, None, 0, 1),
        (300, None, -50, 1),
        (-100, None, 1800, 1),
    ],
)
def test_a_wait_grows_with_the_tasks_age_and_ends_at_the_deadline(
    age: float, hint: float | None, left: float, wait: int
) -> None:
    assert next_wait(age, hint, left) == wait


@given(st.floats(-1e6, 1e9), st.none() | st.floats(0, 3600), st.floats(-1e6, 1e9))
def test_every_wait_is_a_whole_number_that_step_functions_takes(
    age: float, hint: float | None, left: float
) -> None:
    wait = next_wait(age, hint, left)

    assert type(wait) is int
    assert 1 <= wait <= 30
    assert wait <= max(left + 0.5, 1)


def test_a_task_may_be_unknown_for_a_minute() -> None:
    assert NOT_FOUND_GRACE >= 60
