"""Exactly what each step writes into an edit's record, and what it leaves unchanged."""

from decimal import Decimal

import pytest

from depthdrop.records.table import KEPT_SECONDS
from tests.support.aws import Stack
from tests.support.scripted import NOW
from tests.unit.records.edit_states import EDIT, LEASE, NEW, STEPS, put_edit

END = {"task_id": "mine", "spend_state": "charged", "updated_at": NOW, "look_at": NOW + 300}
WRITTEN: dict[tuple[str, str], dict[str, object]] = {
    ("CLAIMED", "post"): {
        "state": "POSTING",
        "posted_at": NOW,
        "updated_at": NOW,
        "slot": "slot#01",
        "look_at": NOW + 9,
    },
    ("POSTING", "accepted"): {
        "state": "SUBMITTED",
        "task_id": "mine",
        "submitted_at": NOW,
        "deadline_at": NOW + 60,
        "spend_state": "charged",
        "updated_at": NOW,
        "look_at": NOW + 120,
    },
    ("POSTING", "ambiguous"): {
        "state": "AMBIGUOUS",
        "spend_state": "unknown",
        "event": "lost",
        "updated_at": NOW,
        "look_at": NOW + 300,
    },
    ("POSTING", "succeeded"): {**END, "state": "SUCCEEDED", "event": "done"},
    ("POSTING", "failed"): {**END, "state": "FAILED", "event": "failed"},
    ("CLAIMED", "release"): {"state": "RELEASED", "updated_at": NOW, "expires_at": NOW + KEPT_SECONDS},
    ("CLAIMED", "give up"): {"state": "RELEASED", "updated_at": NOW, "expires_at": NOW + KEPT_SECONDS},
}
LEAVES_THE_LIST = {"release", "give up"}


def test_a_claim_records_the_whole_edit_and_when_it_counts_as_abandoned(stack: Stack) -> None:
    stack.edits.claim(NEW, "token", NOW, LEASE)

    assert stack.edits.get(EDIT) == {
        "pk": "edit#e1",
        "edit_id": "e1",
        "drop_id": "d1",
        "image_key": "a.jpg",
        "image_etag": "etag",
        "sidecar_key": "a.txt",
        "model": "flux",
        "settings": "{}",
        "origins": "{}",
        "metadata": "{}",
        "usd": Decimal("0.06"),
        "state": "CLAIMED",
        "token": "token",
        "lease_until": NOW + LEASE,
        "attempt": 1,
        "created_at": NOW,
        "listed": "all",
        "updated_at": NOW,
        "open": "edit",
        "look_at": NOW + LEASE,
    }


@pytest.mark.parametrize(("state", "step"), WRITTEN)
def test_a_step_writes_this_and_nothing_else(stack: Stack, state: str, step: str) -> None:
    put_edit(stack, state)
    stack.table.update(f"edit#{EDIT}", {"open": "edit", "look_at": 1, "kept": "all"}, "attribute_exists(pk)")
    before = stack.edits.get(EDIT)
    STEPS[step](stack.edits)

    assert before is not None
    expected = {**before, **WRITTEN[state, step]}
    off = {"open", "look_at"} if step in LEAVES_THE_LIST else set()
    assert stack.edits.get(EDIT) == {name: value for name, value in expected.items() if name not in off}


@pytest.mark.parametrize("step", ["accepted", "ambiguous", "succeeded", "failed"])
def test_an_open_edit_is_put_on_the_list_again(stack: Stack, step: str) -> None:
    put_edit(stack, "POSTING")
    STEPS[step](stack.edits)

    assert [edit["pk"] for edit in stack.edits.due(NOW + 300, 10)] == [f"edit#{EDIT}"]


def test_a_submitted_edit_keeps_thousandths_and_where_to_poll(stack: Stack) -> None:
    put_edit(stack, "POSTING")
    stack.edits.accepted(EDIT, "token", "mine", NOW + 0.98765, NOW + 60, "https://poll")

    edit = stack.edits.get(EDIT)
    assert edit is not None
    assert (edit["submitted_at"], edit["polling_url"]) == (NOW + Decimal("0.988"), "https://poll")
    assert (edit["updated_at"], edit["look_at"]) == (NOW, NOW + 120)
