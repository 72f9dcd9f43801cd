"""Whatever the order and whatever fails: one charge at most, nothing lost, and an end for every drop."""

import os

import pytest
from hypothesis import given

from tests.protocol.schedules.found import FOUND, GUARDED
from tests.protocol.schedules.play import Action, Play
from tests.protocol.schedules.schedules import ACTIONS, profile
from tests.protocol.schedules.statistics import LEAST_BUSY, SHORTEST_MEDIAN, Statistics

EXAMPLES = int(os.environ.get("SCHEDULES", "1000"))


def test_every_schedule_keeps_every_promise() -> None:
    played = Statistics()

    @profile(EXAMPLES)
    @given(ACTIONS)
    def each(actions: list[Action]) -> None:
        play = Play()
        play.play(actions)
        played.add(play)

    each()
    played.write()
    print(played.text())  # noqa: T201  # the figures are the result; pytest -s shows them

    assert played.schedules >= EXAMPLES * 0.95
    assert played.median_steps >= SHORTEST_MEDIAN
    assert played.busy_share >= LEAST_BUSY
    assert played.too_rare() == {}


@pytest.mark.parametrize("actions", [*FOUND.values(), *GUARDED.values()], ids=[*FOUND, *GUARDED])
def test_a_schedule_worth_keeping(actions: list[Action]) -> None:
    Play().play(actions)
