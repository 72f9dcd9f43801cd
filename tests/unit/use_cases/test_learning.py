"""finalize learns how long a model takes from the first look that found the picture, and from nothing else."""

from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ConnectionClosedError

from depthdrop.watch.latency import expected
from depthdrop.watch.learned import Latencies
from tests.support.acts import state_of
from tests.support.aws import Stack
from tests.support.scripted import LINK

MODEL = "flux-pro-1.0-depth"
READY = {"status": "ready", "sample": LINK, "took_seconds": 60.0}


@pytest.fixture
def paid(stack: Stack) -> Stack:
    stack.deliver(stack.drop())
    return stack


def after(paid: Stack, **state: Any) -> float:
    """The median, when finalize has seen a task that took 60 seconds in this state."""
    paid.finalize().handle(state_of(paid, **{"outcome": READY, **state}))
    return paid.finalize().latencies.of(MODEL).median


def test_a_task_that_took_long_raises_the_median(paid: Stack) -> None:
    assert after(paid) == pytest.approx(expected(19.0).learned(60.0).median, abs=0.001)


@pytest.mark.parametrize(
    "state",
    [
        {"attempt": 2},  # its age counts from an accepted task that was left, or given up
        {"download_tries": 1},  # the picture was ready before its link expired
        {"outcome": {"status": "ready", "sample": LINK}},  # of a poll of an older version
        {"outcome": {"status": "failed", "code": "moderated", "message": "no"}},
    ],
)
def test_a_task_that_says_nothing_about_the_models_pace_teaches_nothing(paid: Stack, state: dict[str, Any]) -> None:
    assert after(paid, **state) == expected(19.0).median


def test_the_end_is_published_before_anything_is_learned(paid: Stack) -> None:
    trouble = ConnectionClosedError(endpoint_url="https://aws")
    with patch.object(Latencies, "learn", side_effect=trouble) as learn, pytest.raises(ConnectionClosedError):
        after(paid)

    assert learn.call_count == 1
    assert [event["type"] for event in paid.events()] == ["depthdrop.edit.succeeded.v1"]
