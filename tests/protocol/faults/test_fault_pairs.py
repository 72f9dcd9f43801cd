"""Two faults on one drop's way, of any kind and at any call: paid once at most, ended and reported."""

from collections.abc import Callable

import pytest

from depthdrop.records.edits import State
from depthdrop.use_cases.sweep import Sweep
from tests.protocol.faults.fault_pairs import Tally, all_pairs, pairs_after, singles, struck
from tests.protocol.faults.way import ALL
from tests.protocol.schedules.guard_mutants import MUTANTS
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.support.fates import Fate

SAMPLE = 40  # of the pairs, one in so many, unless all are asked for

Record = Callable[[str, object], None]


def test_a_drop_without_a_fault_makes_every_kind_of_step() -> None:
    way = struck({})

    assert {call.kind for call in way.calls} == {"submit", "poll", "finalize", "sweep"}
    assert (way.count("POST"), way.states()) == (1, ["SUCCEEDED"])


def test_submit_is_killed_before_and_after_each_of_its_calls(record_property: Record) -> None:
    calls = [call.number for call in struck({}).calls if call.kind == "submit"]
    kills = [{number: fate} for number in calls for fate in (Fate.KILLED_BEFORE, Fate.KILLED_AFTER)]
    record_property("calls_of_submit", len(calls))
    record_property("killed", len(kills))

    assert [kill for kill in kills if _breaks(kill)] == []


def test_every_pair_of_faults_keeps_every_promise(record_property: Record) -> None:
    tally = all_pairs() if ALL else _sample()
    record_property("pairs", tally.runs)
    record_property("pairs_broken", len(tally.broken))

    assert tally.broken == []
    assert tally.ends.keys() >= {"SUCCEEDED", "AMBIGUOUS"}


@pytest.mark.parametrize(
    "name",
    [
        "POSTING is taken over after its lease",
        "a lost answer releases the claim",
        "one's own write is taken for another's",
    ],
)
def test_a_removed_guard_is_detected_after_one_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)

    assert [fault for fault in singles() if _breaks(dict([fault]))]


def test_a_sweep_that_repeats_no_notice_is_detected_only_after_two_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The POST's answer was lost with its worker, so only sweep reports it; and sweep dies before that."""
    repeat = Sweep._edit

    def silent(self: Sweep, edit_id: str, now: int) -> str:
        edit = self.edits.get(edit_id)
        if edit is not None and "event" in edit:
            self.edits.notified(edit_id, State(edit["state"]), now)
        return repeat(self, edit_id, now)

    monkeypatch.setattr(Sweep, "_edit", silent)
    post = next(call.number for call in struck({}).calls if call.name == "POST")
    broken = pairs_after((post, Fate.KILLED_AFTER)).broken

    assert not any(_breaks(dict([fault])) for fault in singles())
    assert broken


def _sample() -> Tally:
    tally = Tally()
    for first in singles():
        tally.add(pairs_after(first, SAMPLE))
    return tally


def _breaks(fates: dict[int, Fate]) -> bool:
    try:
        struck(fates)
    except BrokenPromiseError:
        return True
    return False
