"""With a fallback, too: each drop is paid for once at most, whichever model made its edit."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.settings.models_and_prices import KONTEXT_PRO
from tests.protocol.schedules.found import WITH_A_FALLBACK
from tests.protocol.schedules.guard_mutants import FALLBACK_MUTANTS
from tests.protocol.schedules.play import Action, Play
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.schedules import ACTIONS, WITHDRAWN, profile
from tests.protocol.schedules.statistics import Statistics
from tests.protocol.schedules.world import World

EXAMPLES = int(os.environ.get("SCHEDULES", "1000")) // 2
WITHIN = 4000


def opted_in() -> Play:
    return Play(World(KONTEXT_PRO))


def test_every_schedule_with_a_fallback_keeps_every_promise() -> None:
    played = Statistics()
    bought = 0

    @profile(EXAMPLES)
    @given(st.one_of(WITHDRAWN, ACTIONS))
    def each(actions: list[Action]) -> None:
        nonlocal bought
        play = opted_in()
        play.play(actions)
        played.add(play)
        charges = play.world.upstream.charges
        bought += sum(count for (_, model), count in charges.items() if model == KONTEXT_PRO.wire_name)

    each()
    print(f"{played.counts['fell back']} drops fell back, {bought} fallbacks paid; {played.text()}")  # noqa: T201  # the figures are the result

    assert played.counts["fell back"] >= 0.2 * EXAMPLES
    assert bought >= 0.1 * EXAMPLES


@pytest.mark.parametrize("actions", WITH_A_FALLBACK.values(), ids=WITH_A_FALLBACK)
def test_a_schedule_worth_keeping(actions: list[Action]) -> None:
    opted_in().play(actions)


@pytest.mark.parametrize("name", FALLBACK_MUTANTS)
def test_a_removed_guard_of_the_fallback_is_detected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0

    @profile(WITHIN, shrink=False)
    @given(WITHDRAWN)
    def each(actions: list[Action]) -> None:
        nonlocal tried
        tried += 1
        opted_in().play(actions)

    def all_of_them() -> None:
        for actions in WITH_A_FALLBACK.values():
            opted_in().play(actions)
        each()

    FALLBACK_MUTANTS[name](monkeypatch)

    with pytest.raises(BrokenPromiseError) as found:
        all_of_them()
    print(f"{name}: schedule {tried}: {found.value}")  # noqa: T201  # pytest -s shows how soon each is found
