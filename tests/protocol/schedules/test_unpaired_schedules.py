"""Files come one by one, are replaced or removed: each unpaired one is reported, each pair supersedes reports."""

import os
from collections import Counter

import pytest
from hypothesis import given

from tests.protocol.schedules.found import ALONE
from tests.protocol.schedules.play import Action, Play
from tests.protocol.schedules.schedules import UNPAIRED, profile

EXAMPLES = int(os.environ.get("SCHEDULES", "1000")) // 2
_KINDS = (
    "picture alone",
    "sidecar alone",
    "removed",
    "unpaired files reported",
    "reports repeated",
    "reports superseded",
)
_AT_LEAST = 0.02  # of the schedules


def test_every_unpaired_file_is_reported_and_every_pair_supersedes_its_reports() -> None:
    counts: Counter[str] = Counter()

    @profile(EXAMPLES)
    @given(UNPAIRED)
    def each(actions: list[Action]) -> None:
        play = Play()
        play.play(actions)
        counts.update(play.world.counts)

    each()
    print({kind: counts[kind] for kind in _KINDS})  # noqa: T201  # pytest -s shows how much was played

    assert {kind: counts[kind] for kind in _KINDS if counts[kind] < _AT_LEAST * EXAMPLES} == {}


@pytest.mark.parametrize("actions", ALONE.values(), ids=ALONE)
def test_a_schedule_worth_keeping(actions: list[Action]) -> None:
    Play().play(actions)
