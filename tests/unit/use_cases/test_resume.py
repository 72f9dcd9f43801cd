"""A failed edit's task can be watched again with one call, without paying; a late result corrects the event."""

import pytest

from depthdrop.notices.events import read_event
from tests.support.acts import finish
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import NOW, refused


@pytest.fixture
def expired(stack: Stack) -> Stack:
    """An edit whose deadline passed while its task was still pending."""
    stack.deliver(stack.drop())
    finish(stack, "expired")
    stack.close_execution(f"{stack.edit()['edit_id']}-1")
    stack.clock.now = NOW + 7200
    return stack


def test_a_deadline_keeps_the_task_id_and_a_late_result_lands_with_one_call(expired: Stack) -> None:
    [failed] = expired.events()
    edit_id = expired.edit()["edit_id"]

    assert expired.sweep().resume(edit_id) == {"resumed": "yes", "execution": f"{edit_id}-2"}
    watched = expired.execution_input(f"{edit_id}-2")
    assert (watched["task_id"], watched["deadline_at"]) == ("task-1", NOW + 7200 + 3600)
    finish(expired)
    [succeeded] = expired.events()
    assert expired.edit()["state"] == "SUCCEEDED"
    assert (failed["type"], succeeded["type"]) == ("depthdrop.edit.failed.v1", "depthdrop.edit.succeeded.v1")
    assert succeeded["data"]["supersedes"] == failed["id"] != succeeded["id"]
    assert "supersedes" not in failed["data"]
    assert len(expired.upstream.posts) == 1


def test_finalize_run_again_after_a_resumed_end_publishes_the_same_event(expired: Stack) -> None:
    expired.sweep().resume(expired.edit()["edit_id"])
    finish(expired)
    finish(expired)
    events = expired.events()[1:]

    assert len({event["id"] for event in events}) == 1
    assert len({event["data"]["supersedes"] for event in events}) == 1


def test_a_resumed_edit_that_expires_again_has_the_same_state_and_event(expired: Stack) -> None:
    before = read_event(expired.edit()["event"]).id
    expired.sweep().resume(expired.edit()["edit_id"])
    finish(expired, "expired")

    assert expired.edit()["state"] == "FAILED"
    assert {event["id"] for event in expired.events()} == {before}
    assert expired.sweep().resume(expired.edit()["edit_id"])["resumed"] == "yes"


def test_resuming_twice_at_once_starts_one_execution(expired: Stack) -> None:
    edit = expired.edit()

    assert expired.edits.resume(edit["edit_id"], "task-1", edit["attempt"], NOW)
    assert not expired.edits.resume(edit["edit_id"], "task-1", edit["attempt"], NOW)


def test_an_edit_that_is_not_failed_cannot_be_resumed_and_the_answer_says_why(stack: Stack) -> None:
    assert stack.sweep().resume("nobody") == {"resumed": "no", "why": "There is no such edit."}
    stack.deliver(stack.drop())

    assert "The edit is SUBMITTED" in stack.sweep().resume(stack.edit()["edit_id"])["why"]


def test_an_edit_that_was_never_paid_for_cannot_be_resumed(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())

    assert stack.sweep().resume(stack.edit()["edit_id"])["resumed"] == "no"


def test_an_end_found_after_an_ambiguous_notice_supersedes_that_notice(stack: Stack) -> None:
    stack.deliver(stack.drop())
    edit = stack.edit()
    stack.table.update(edit["pk"], {"state": "POSTING"}, "attribute_exists(pk)")
    notice = stack.sweep().lost_answer.announcer.ambiguous(part(edit), "Lost.", NOW)
    stack.edits.ambiguous(edit["edit_id"], edit["token"], NOW, notice.to_json())
    finish(stack)
    [event] = stack.events()

    assert event["type"] == "depthdrop.edit.succeeded.v1"
    assert event["data"]["supersedes"] == notice.id
