"""The claim, edge by edge: what each step changes in a record in each state, and what it leaves unchanged."""

import pytest

from depthdrop.records.edits import EDGES, State
from depthdrop.records.table import KEPT_SECONDS, NotWritten
from tests.support.aws import Stack
from tests.support.scripted import NOW
from tests.unit.records.edit_states import EDIT, FACTS_BY_STATE, LEASE, NEW, STEPS, put_edit

# Every step that is allowed, and the state it leads to. Whatever is not here changes nothing.
ALLOWED = {
    ("nothing", "claim"): "CLAIMED",
    ("nothing", "claim, same token"): "CLAIMED",
    ("CLAIMED", "claim, same token"): "CLAIMED",
    ("CLAIMED", "post"): "POSTING",
    ("CLAIMED", "release"): "RELEASED",
    ("CLAIMED", "give up"): "RELEASED",
    ("CLAIMED, lease over", "claim"): "CLAIMED",
    ("CLAIMED, lease over", "claim, same token"): "CLAIMED",
    ("CLAIMED, lease over", "post"): "POSTING",
    ("CLAIMED, lease over", "release"): "RELEASED",
    ("CLAIMED, lease over", "give up"): "RELEASED",
    ("POSTING", "accepted"): "SUBMITTED",
    ("POSTING", "release"): "RELEASED",
    ("POSTING", "ambiguous"): "AMBIGUOUS",
    ("POSTING", "succeeded"): "SUCCEEDED",
    ("POSTING", "succeeded, another task"): "SUCCEEDED",
    ("POSTING", "failed"): "FAILED",
    ("POSTING", "failed, another task"): "FAILED",
    ("SUBMITTED", "succeeded"): "SUCCEEDED",
    ("SUBMITTED", "failed"): "FAILED",
    ("AMBIGUOUS", "accepted"): "SUBMITTED",
    ("AMBIGUOUS", "succeeded"): "SUCCEEDED",
    ("AMBIGUOUS", "succeeded, another task"): "SUCCEEDED",
    ("AMBIGUOUS", "failed"): "FAILED",
    ("AMBIGUOUS", "failed, another task"): "FAILED",
    ("RELEASED", "claim"): "CLAIMED",
    ("RELEASED", "claim, same token"): "CLAIMED",
    ("FAILED", "succeeded"): "SUCCEEDED",
}
# An SDK's retry of a step meets its own write: it changes nothing, and yet the step holds.
OWN_WRITE = {("POSTING", "post"), ("SUBMITTED", "accepted"), ("AMBIGUOUS", "ambiguous")}


def test_the_table_of_edges_is_what_the_steps_do() -> None:
    done = {(state.partition(",")[0], end) for (state, _), end in ALLOWED.items()}

    assert {(start, end) for start, ends in EDGES.items() for end in ends} == done - {("nothing", "CLAIMED")}
    assert set(EDGES) == set(State)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", FACTS_BY_STATE)
def test_every_step_in_every_state(stack: Stack, state: str, step: str) -> None:
    before = put_edit(stack, state)
    answer = STEPS[step](stack.edits)
    after = stack.edits.get(EDIT)

    expected = ALLOWED.get((state, step))
    if expected is not None:
        assert after is not None
        assert after["state"] == expected
        assert answer in (None, True)
    else:
        assert after == before
        assert answer is True if (state, step) in OWN_WRITE else answer in (None, False, NotWritten(before))


def test_a_refused_claim_returns_the_stored_record(stack: Stack) -> None:
    put_edit(stack, "SUBMITTED")
    lost = stack.edits.claim(NEW, "another", NOW, LEASE)

    assert lost is not None
    assert lost.found is not None
    assert (lost.found["state"], lost.found["token"]) == ("SUBMITTED", "token")


def test_an_end_that_comes_too_late_returns_the_stored_record(stack: Stack) -> None:
    put_edit(stack, "SUCCEEDED")
    lost = stack.edits.end(EDIT, "mine", State.FAILED, NOW, "failed")

    assert lost is not None
    assert lost.found == stack.edits.get(EDIT)


@pytest.mark.parametrize("state", ["CLAIMED, lease over", "RELEASED"])
def test_a_zombie_whose_claim_was_taken_over_can_do_nothing(stack: Stack, state: str) -> None:
    put_edit(stack, state)
    stack.edits.claim(NEW, "another", NOW, LEASE)
    before = stack.edits.get(EDIT)

    assert stack.edits.post(EDIT, "token", NOW, "slot#01", NOW + 9) is False
    assert stack.edits.accepted(EDIT, "token", "zombies", NOW, NOW + 60, None) is False
    assert stack.edits.ambiguous(EDIT, "token", NOW, "lost") is False
    stack.edits.release(EDIT, "token", NOW)
    assert stack.edits.get(EDIT) == before


@pytest.mark.parametrize("state", ["CLAIMED", "POSTING"])
def test_a_released_edit_is_never_due(stack: Stack, state: str) -> None:
    put_edit(stack, state)
    stack.table.update(f"edit#{EDIT}", {"open": "edit", "look_at": NOW}, "attribute_exists(pk)")
    stack.edits.release(EDIT, "token", NOW)

    assert stack.edits.due(NOW + 10_000, 10) == []


@pytest.mark.parametrize(
    ("state", "step", "look_at"),
    [
        ("CLAIMED", "post", NOW + 9),
        ("POSTING", "accepted", NOW + 120),
        ("POSTING", "ambiguous", NOW + 300),
        ("SUBMITTED", "succeeded", NOW + 300),
        ("SUBMITTED", "failed", NOW + 300),
        ("FAILED", "succeeded", NOW + 300),
    ],
)
def test_every_open_edit_is_due_at_the_time_of_its_state(stack: Stack, state: str, step: str, look_at: int) -> None:
    put_edit(stack, state)
    stack.table.update(f"edit#{EDIT}", {"open": "edit", "look_at": NOW}, "attribute_exists(pk)")
    STEPS[step](stack.edits)

    assert stack.edits.due(look_at - 1, 10) == []
    assert [edit["pk"] for edit in stack.edits.due(look_at, 10)] == [f"edit#{EDIT}"]


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "AMBIGUOUS"])
def test_an_ended_edit_is_no_longer_due_but_stays_listed_once_its_event_is_published(
    stack: Stack, state: str
) -> None:
    put_edit(stack, state)
    stack.table.update(f"edit#{EDIT}", {"open": "edit", "look_at": NOW}, "attribute_exists(pk)")
    stack.edits.notified(EDIT, State(state), NOW + 1)

    edit = stack.edits.get(EDIT)
    assert edit is not None
    assert (edit["notified_at"], "open" in edit, "look_at" in edit) == (NOW + 1, False, False)
    assert edit["listed"] == "all"  # even if an older version, which kept no list, wrote the record


@pytest.mark.parametrize(
    ("published", "state"), [("FAILED", "SUCCEEDED"), ("AMBIGUOUS", "SUCCEEDED"), ("AMBIGUOUS", "FAILED")]
)
def test_a_late_confirmation_of_one_state_does_not_confirm_another(
    stack: Stack, published: str, state: str
) -> None:
    put_edit(stack, state)
    stack.table.update(f"edit#{EDIT}", {"open": "edit", "look_at": NOW}, "attribute_exists(pk)")
    stack.edits.notified(EDIT, State(published), NOW)

    assert [edit["pk"] for edit in stack.edits.due(NOW, 10)] == [f"edit#{EDIT}"]


@pytest.mark.parametrize("state", ["nothing", "CLAIMED", "POSTING", "SUBMITTED", "RELEASED"])
def test_an_edit_that_has_not_ended_is_never_marked_as_notified(stack: Stack, state: str) -> None:
    before = put_edit(stack, state)
    stack.edits.notified(EDIT, State.SUCCEEDED, NOW)

    assert stack.edits.get(EDIT) == before


def test_the_attempt_is_raised_once_however_many_workers_try(stack: Stack) -> None:
    put_edit(stack, "SUBMITTED")

    assert stack.edits.raise_attempt(EDIT, 1) == 2
    assert stack.edits.raise_attempt(EDIT, 1) is None
    assert stack.edits.raise_attempt(EDIT, 2) == 3


@pytest.mark.parametrize("state", FACTS_BY_STATE)
def test_only_a_failed_edit_is_resumed(stack: Stack, state: str) -> None:
    before = put_edit(stack, state)
    resumed = stack.edits.resume(EDIT, "mine", 1, NOW + 60)

    assert resumed is (state == "FAILED")
    changed = {"attempt": 2, "deadline_at": NOW + 60} if resumed else {}
    assert stack.edits.get(EDIT) == (before and {**before, **changed})


@pytest.mark.parametrize(("task_id", "attempt"), [("theirs", 1), ("mine", 2)])
def test_an_edit_is_resumed_for_its_own_task_and_once(stack: Stack, task_id: str, attempt: int) -> None:
    before = put_edit(stack, "FAILED")

    assert stack.edits.resume(EDIT, task_id, attempt, NOW + 60) is False
    assert stack.edits.get(EDIT) == before


def test_an_open_record_is_due_when_it_was_put_off_to(stack: Stack) -> None:
    put_edit(stack, "SUBMITTED")
    stack.table.update(f"edit#{EDIT}", {"open": "edit", "look_at": NOW}, "attribute_exists(pk)")
    stack.edits.look_again(EDIT, NOW + 50)

    assert stack.edits.due(NOW + 49, 10) == []
    assert [edit["pk"] for edit in stack.edits.due(NOW + 50, 10)] == [f"edit#{EDIT}"]


def test_a_closed_record_is_not_put_back_on_the_list(stack: Stack) -> None:
    put_edit(stack, "SUCCEEDED")
    stack.edits.look_again(EDIT, NOW)
    stack.edits.look_again("unknown", NOW)

    assert stack.edits.due(NOW, 10) == []
    assert stack.edits.get("unknown") is None


@pytest.mark.parametrize(
    ("state", "step", "expires_at"),
    [
        ("CLAIMED", "release", NOW + KEPT_SECONDS),
        ("POSTING", "release", NOW + KEPT_SECONDS),
        ("CLAIMED", "post", None),
        ("RELEASED", "claim", None),
        ("FAILED", "succeeded", None),
    ],
)
def test_only_a_closed_record_ever_expires(stack: Stack, state: str, step: str, expires_at: int | None) -> None:
    put_edit(stack, state)
    if state in {"RELEASED", "FAILED"}:
        stack.table.update(f"edit#{EDIT}", {"expires_at": NOW + 9}, "attribute_exists(pk)")
    STEPS[step](stack.edits)

    edit = stack.edits.get(EDIT)
    assert edit is not None
    assert edit.get("expires_at") == expires_at


@pytest.mark.parametrize(
    ("state", "expires_at"),
    [("SUCCEEDED", NOW + KEPT_SECONDS), ("FAILED", NOW + KEPT_SECONDS), ("AMBIGUOUS", None)],
)
def test_an_edit_that_may_have_been_charged_never_expires(stack: Stack, state: str, expires_at: int | None) -> None:
    put_edit(stack, state)
    stack.edits.notified(EDIT, State(state), NOW)

    edit = stack.edits.get(EDIT)
    assert edit is not None
    assert edit.get("expires_at") == expires_at


def test_an_abandoned_claim_that_is_given_up_expires(stack: Stack) -> None:
    put_edit(stack, "CLAIMED")
    stack.edits.give_up(EDIT, "token", NOW)

    edit = stack.edits.get(EDIT)
    assert edit is not None
    assert (edit["state"], edit["expires_at"]) == ("RELEASED", NOW + KEPT_SECONDS)


def test_a_resumed_edit_does_not_expire_while_it_is_watched(stack: Stack) -> None:
    put_edit(stack, "FAILED")
    stack.edits.notified(EDIT, State.FAILED, NOW)

    assert stack.edits.resume(EDIT, "mine", 1, NOW + 60)
    edit = stack.edits.get(EDIT)
    assert edit is not None
    assert "expires_at" not in edit
