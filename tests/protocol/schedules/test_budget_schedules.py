"""With a budget of two edits a day, too: never over it, to the cent, and every drop ends on a later day."""

import os
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.schedules.guard_mutants import BUDGET_MUTANTS
from tests.protocol.schedules.play import Action, Play
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.schedules import ACTIONS, BOUGHT, profile
from tests.protocol.schedules.statistics import Statistics
from tests.protocol.schedules.world import World

EXAMPLES = int(os.environ.get("SCHEDULES", "1000")) // 2
WITHIN = 4000
BUDGET = Decimal("0.13")


def capped() -> Play:
    return Play(World(budget=BUDGET))


def test_every_schedule_within_a_budget_keeps_every_promise() -> None:
    played = Statistics()
    reached = given_back = 0

    @profile(EXAMPLES)
    @given(st.one_of(BOUGHT, ACTIONS))
    def each(actions: list[Action]) -> None:
        nonlocal reached, given_back
        play = capped()
        play.play(actions)
        played.add(play)
        days = play.world.records("budget")
        reached += any("reached_limit_usd" in day for day in days)
        given_back += any(edit["state"] == "RELEASED" for edit in play.world.records("edit"))

    each()
    print(f"{reached} schedules met the limit, {given_back} gave back; {played.text()}")  # noqa: T201  # the figures are the result

    assert reached >= 0.3 * EXAMPLES
    assert given_back >= 0.05 * EXAMPLES


@pytest.mark.parametrize("name", BUDGET_MUTANTS)
def test_a_removed_guard_of_the_budget_is_detected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0

    @profile(WITHIN, shrink=False)
    @given(BOUGHT)
    def each(actions: list[Action]) -> None:
        nonlocal tried
        tried += 1
        capped().play(actions)

    BUDGET_MUTANTS[name](monkeypatch)

    with pytest.raises(BrokenPromiseError) as found:
        each()
    print(f"{name}: schedule {tried}: {found.value}")  # noqa: T201  # pytest -s shows how soon each is found
