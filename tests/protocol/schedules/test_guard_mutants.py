"""The schedules can fail: each removed guard is detected within a bounded number of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.schedules.found import FOUND, GUARDED
from tests.protocol.schedules.guard_mutants import MUTANTS
from tests.protocol.schedules.play import Action, Play
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.schedules import ACTIONS, CROWDED, profile

WITHIN = 4000


@pytest.mark.parametrize("name", MUTANTS)
def test_a_removed_guard_is_detected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedules worth keeping are played first."""
    tried = 0

    def play(actions: list[Action]) -> None:
        nonlocal tried
        tried += 1
        Play().play(actions)

    @profile(WITHIN, shrink=False)
    @given(st.one_of(CROWDED, ACTIONS))
    def each(actions: list[Action]) -> None:
        play(actions)

    def all_of_them() -> None:
        for actions in (*GUARDED.values(), *FOUND.values()):
            play(actions)
        each()

    MUTANTS[name](monkeypatch)

    with pytest.raises(BrokenPromiseError) as found:
        all_of_them()
    print(f"{name}: schedule {tried}: {found.value}")  # noqa: T201  # pytest -s shows how soon each is found
