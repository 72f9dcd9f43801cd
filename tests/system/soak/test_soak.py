"""The soak: many drops at once, a fifth or more of them with trouble, through all that is real but AWS.

`SOAK_DROPS` sets how many, 200 by default. What must hold is the same at any size.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from local.stack.stack import local_stack
from tests.system.soak import soak_report, verdict
from tests.system.soak.run import CROWD, DROPS, OPTIONS, SLOTS, Soak
from tests.system.soak.troubles import BRIEF, KINDS, TROUBLES
from tests.system.soak.verdict import Evidence

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def soak() -> Iterator[Soak]:
    with local_stack(OPTIONS) as stack:
        assert stack.upstream is not None
        done = Soak(stack, stack.upstream)
        done.run()
        yield done


@pytest.fixture(scope="module")
def evidence(soak: Soak) -> Evidence:
    left = soak.evidence()
    facts = soak_report.facts_of(soak, left)
    soak_report.write(facts)
    print(soak_report.text(facts))  # noqa: T201  # the figures are the result; pytest -s shows them
    return left


def test_every_drop_ends_as_its_trouble_says(soak: Soak, evidence: Evidence) -> None:
    assert len(evidence.prompts) == DROPS + CROWD
    assert verdict.wrong_ends(evidence, soak.expected) == {}


def test_nothing_is_paid_twice(evidence: Evidence) -> None:
    assert verdict.paid_twice(evidence) == []


def test_nothing_is_lost(soak: Soak, evidence: Evidence) -> None:
    assert verdict.lost(evidence) == []
    assert soak.left_in_queues() == 0


def test_our_spend_is_the_upstreams_ledger_to_the_cent(evidence: Evidence) -> None:
    sums = verdict.accounts(evidence)

    assert verdict.misstated(evidence) == {}
    assert sums.ledger > 0
    assert sums.are_equal, sums


def test_never_more_tasks_are_active_than_there_are_slots(soak: Soak) -> None:
    assert 1 < soak.upstream.state["peak_active"] <= SLOTS


def test_each_attempt_has_one_event_id(evidence: Evidence) -> None:
    assert verdict.notified_twice(evidence) == []


def test_a_fifth_of_the_drops_met_faults_of_every_kind(soak: Soak) -> None:
    armed = Counter(kind for trouble in soak.troubles.values() for kind in trouble.kinds)
    missed = set(armed) - set(soak.upstream.state["strikes"])

    assert len(soak.troubles) >= DROPS / 5
    assert set(armed) == set(KINDS) or len(soak.troubles) < len(TROUBLES)
    assert missed <= BRIEF
    assert all(armed[kind] < 3 for kind in missed)


def test_nothing_is_left_open_and_no_slot_but_of_what_may_still_be_active(soak: Soak, evidence: Evidence) -> None:
    still_open = [edit["pk"] for edit in evidence.edits if "open" in edit]
    parked = [record["pk"] for record in soak.stack.records("drop#") if "open" in record]
    unfinished = {edit["edit_id"] for edit in evidence.edits if edit["state"] in {"AMBIGUOUS", "FAILED"}}
    held = {record["holder"].partition(":")[0] for record in soak.stack.records("slot#")}

    assert (still_open, parked) == ([], [])
    assert held <= unfinished


def test_the_key_went_to_one_place(soak: Soak) -> None:
    assert soak.upstream.state["leaked_authorization"] == 0
