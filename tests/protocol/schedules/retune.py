"""Finds a kept schedule again after a call was added before the one at which it struck.

`python -m tests.protocol.schedules.retune "a guard's name"` plays variations of what is kept in found.py until one
breaks a promise without the guard and none with it; put what it prints in the place of the old one.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable

import pytest

from depthdrop.settings.models_and_prices import KONTEXT_PRO
from tests.protocol.schedules.found import FOUND, GUARDED, WITH_A_FALLBACK
from tests.protocol.schedules.guard_mutants import FALLBACK_MUTANTS, MUTANTS, Mutate
from tests.protocol.schedules.play import WEIGHTS, Action, Play
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.world import World

_WORDS = (*WEIGHTS, *3 * ("time", "step", "deliver"))
_NEAR = (-8, -4, -3, -2, -1, 1, 2, 3, 4, 8, 12)  # "step" makes one more call for each 4
_FEWEST = 4


def varied(actions: list[Action], chance: random.Random) -> list[Action]:
    """One to three small changes: another number, an action more or less."""
    changed = list(actions)
    for _ in range(chance.choice((1, 1, 2, 3))):
        place, kind = chance.randrange(len(changed)), chance.random()
        word, number = changed[place]
        if kind < 0.6:  # shares of the three kinds of change
            near = max(number + chance.choice(_NEAR), 0)
            changed[place] = (word, chance.randrange(256) if chance.random() < 0.5 else near)
        elif kind < 0.8:
            changed.insert(place, (chance.choice(_WORDS), chance.randrange(60)))
        elif len(changed) > _FEWEST:
            changed.pop(place)
    return changed


def found_anew(
    bases: list[list[Action]], mutate: Mutate, make: Callable[[], Play], chance: random.Random, seconds: float
) -> list[Action] | None:
    """None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        actions = varied(chance.choice(bases), chance)
        with pytest.MonkeyPatch.context() as patch:
            mutate(patch)
            breaks = _breaks(make(), actions)
        if breaks and not _breaks(make(), actions):
            return actions
    return None


def _breaks(play: Play, actions: list[Action]) -> bool:
    try:
        play.play(actions)
    except BrokenPromiseError:
        return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protocol.schedules.retune", description=__doc__)
    parser.add_argument("guard", choices=[*MUTANTS, *FALLBACK_MUTANTS])
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311  # repeatable, not secret
    if given.guard in MUTANTS:
        bases, mutate = [*GUARDED.values(), *FOUND.values()], MUTANTS[given.guard]
    else:
        bases, mutate = [*WITH_A_FALLBACK.values()], FALLBACK_MUTANTS[given.guard]
    fallback = None if given.guard in MUTANTS else KONTEXT_PRO
    actions = found_anew(bases, mutate, lambda: Play(World(fallback)), chance, given.seconds)
    sys.stdout.write(f"{actions or 'none was found; try another --seed, or more --seconds'}\n")
    return 0 if actions else 1


if __name__ == "__main__":
    sys.exit(main())
