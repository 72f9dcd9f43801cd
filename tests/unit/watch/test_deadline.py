"""When a task is given up: decided from its age, its deadline and whether the upstream knows it."""

import pytest

from depthdrop.watch.deadline import NOT_FOUND_GRACE, deadline_of, given_up


def test_the_deadline_is_a_whole_second_so_many_seconds_from_now() -> None:
    assert deadline_of(1_000.9, 3600) == 4600


@pytest.mark.parametrize(
    ("age", "is_unknown", "code"),
    [
        (NOT_FOUND_GRACE, True, None),
        (NOT_FOUND_GRACE + 0.1, True, "task_not_found"),
        (NOT_FOUND_GRACE + 0.1, False, None),
        (99.9, False, None),
        (100, False, "deadline_passed"),
        (100, True, "task_not_found"),
    ],
)
def test_a_task_is_given_up_at_its_deadline_or_when_it_stays_unknown(
    age: float, *, is_unknown: bool, code: str | None
) -> None:
    reason = given_up(1_000 + age, 1_000, 1_100, is_unknown=is_unknown)

    assert (reason and reason[0]) == code


def test_a_task_may_be_unknown_for_a_minute() -> None:
    assert NOT_FOUND_GRACE >= 60
