"""finalize brings every paid edit to its end: picture, manifest, record, one event."""

import json
from unittest.mock import patch

import pytest

from depthdrop.inbox.message import DropReleased
from depthdrop.notices.events import Event
from tests.support.acts import ENDS, finish, state_of
from tests.support.aws import INBOX, OUTBOX, Stack
from tests.support.scripted import EDITED, NOW, refused


@pytest.fixture
def paid(stack: Stack) -> Stack:
    stack.put("summer/photo.json", b'{"prompt": "a watercolour", "metadata": {"order": "17"}}')
    stack.drop("summer/photo")
    stack.submit().inbox.s3.delete_object(Bucket=INBOX, Key="summer/photo.txt")
    stack.deliver("summer/photo.jpg")
    stack.clock.now += 20
    return stack


def test_a_ready_edit_leaves_picture_manifest_record_and_one_event(paid: Stack) -> None:
    assert finish(paid) == {"status": "done"}
    key = f"summer/photo-{paid.edit()['edit_id'][:8]}"
    stored = paid.outbox()
    assert stored.keys() == {f"{key}.jpg", f"{key}.json"}
    assert stored[f"{key}.jpg"] == EDITED
    manifest = json.loads(stored[f"{key}.json"])
    assert manifest["settings"]["prompt"] == "a watercolour"
    assert manifest["origins"]["prompt"] == "summer/photo.json"
    assert (paid.edit()["state"], "open" in paid.edit()) == ("SUCCEEDED", False)
    [event] = paid.events()
    assert event["type"] == "depthdrop.edit.succeeded.v1"
    assert event["data"]["metadata"] == {"order": "17"}
    assert (event["data"]["task_id"], event["data"]["seed"]) == ("task-1", 7)
    assert event["data"]["spend"] == {"state": "charged", "usd": 0.06}
    assert (event["data"]["timings"]["seconds"], event["data"]["timings"]["upstream_seconds"]) == (20.0, 7.2)


def test_the_event_says_where_the_picture_is_and_how_large(paid: Stack) -> None:
    finish(paid)
    [event] = paid.events()
    result = event["data"]["result"]
    head = paid.submit().inbox.s3.head_object(Bucket=OUTBOX, Key=result["key"])

    assert (result["bucket"], result["etag"], result["bytes"]) == (OUTBOX, head["ETag"].strip('"'), len(EDITED))
    assert (result["width"], result["height"], result["content_type"]) == (320, 256, "image/jpeg")
    assert head["ContentType"] == "image/jpeg"


def test_a_second_run_is_harmless_and_publishes_the_same_event(paid: Stack) -> None:
    finish(paid)
    [first] = paid.events()
    before = paid.outbox()

    assert finish(paid) == {"status": "done"}
    assert [event["id"] for event in paid.events()] == [first["id"]]
    assert paid.outbox() == before
    assert len(paid.upstream.downloads) == 1


def test_a_failed_edit_is_recorded_and_reported_with_what_to_do(paid: Stack) -> None:
    assert finish(paid, "failed") == {"status": "done"}
    assert (paid.edit()["state"], paid.outbox()) == ("FAILED", {})
    [event] = paid.events()
    assert event["type"] == "depthdrop.edit.failed.v1"
    assert event["data"]["error"]["code"] == "moderated"
    assert "safety_tolerance" in event["data"]["error"]["hint"]
    assert event["data"]["spend"]["state"] == "charged"


def test_an_expired_task_fails_with_its_task_id_kept(paid: Stack) -> None:
    finish(paid, "expired")
    [event] = paid.events()

    assert (event["data"]["error"]["code"], event["data"]["task_id"]) == ("deadline_passed", "task-1")
    assert "resumed" in event["data"]["error"]["hint"]
    assert paid.edit()["task_id"] == "task-1"


@pytest.mark.parametrize(("word", "held"), [("ready", 0), ("failed", 0), ("expired", 1)])
def test_the_slot_is_given_back_unless_the_upstream_may_still_be_at_work(paid: Stack, word: str, held: int) -> None:
    finish(paid, word)

    assert len(paid.records("slot")) == held


@pytest.mark.parametrize("word", ["ready", "failed"])
def test_a_slot_that_a_broken_run_left_held_is_given_back_by_the_next(paid: Stack, word: str) -> None:
    [slot] = paid.records("slot")
    finish(paid, word)
    paid.table.put(slot, "attribute_not_exists(pk)")
    finish(paid, word)

    assert paid.records("slot") == []


def test_a_freed_slot_releases_the_oldest_parked_drop(paid: Stack) -> None:
    for number, name in enumerate(("second", "first")):
        paid.upstream.post_answers.append(refused(429))
        paid.deliver(paid.drop(name))
        drop = next(one for one in paid.records("drop") if one["image_key"] == f"{name}.jpg")
        paid.table.update(drop["pk"], {"look_at": NOW - number}, "attribute_exists(pk)")
    finish(paid)

    [sent] = paid.sent_back()
    assert paid.deliver(DropReleased(sent["detail"]["drop_id"]))[0].__class__.__name__ == "Done"
    assert {edit["image_key"]: edit["state"] for edit in paid.records("edit")}["first.jpg"] == "SUBMITTED"


def test_a_late_result_still_lands_after_a_failure(paid: Stack) -> None:
    state = state_of(paid, ENDS["ready"])
    finish(paid, "expired")
    [failed] = paid.events()
    paid.finalize().handle(state)

    [succeeded] = paid.events()
    assert paid.edit()["state"] == "SUCCEEDED"
    assert (succeeded["type"], succeeded["id"] == failed["id"]) == ("depthdrop.edit.succeeded.v1", False)


def test_a_success_is_never_taken_back_by_a_late_failure(paid: Stack) -> None:
    finish(paid)
    [first] = paid.events()
    finish(paid, "expired")

    assert paid.edit()["state"] == "SUCCEEDED"
    assert [event["id"] for event in paid.events()] == [first["id"]]


@pytest.mark.parametrize("state", ["POSTING", "AMBIGUOUS"])
def test_a_record_that_lacks_its_task_is_repaired(paid: Stack, state: str) -> None:
    paid.table.update(paid.edit()["pk"], {"state": state}, "attribute_exists(pk)", remove=("task_id",))
    finish(paid)

    assert (paid.edit()["state"], paid.edit()["task_id"]) == ("SUCCEEDED", "task-1")


def test_another_tasks_record_is_not_closed(paid: Stack) -> None:
    state = {**state_of(paid, ENDS["ready"]), "task_id": "another"}

    with pytest.raises(LookupError, match="another task"):
        paid.finalize().handle(state)
    assert (paid.edit()["state"], paid.events()) == ("SUBMITTED", [])


def test_an_edit_without_a_record_raises_an_error_for_the_workflow(stack: Stack) -> None:
    with pytest.raises(LookupError, match="no record"):
        stack.finalize().handle({"edit_id": "unknown", "outcome": ENDS["ready"]})


def test_the_record_is_written_before_the_event_is_published(paid: Stack) -> None:
    states: list[object] = []
    finalize = paid.finalize()

    def publish(_: Event) -> None:
        states.append(paid.edit()["state"])

    with patch.object(type(finalize.notices), "publish", side_effect=publish):
        finish(paid)

    assert states == ["SUCCEEDED"]


@pytest.mark.parametrize(("word", "held"), [("ready", 0), ("failed", 0), ("expired", 1)])
def test_an_ended_tasks_slot_is_free_before_anything_else_is_done(paid: Stack, word: str, held: int) -> None:
    """Fetching and storing take longer than all else while the slot is held."""
    edits = type(paid.edits)
    with patch.object(edits, "end", side_effect=ConnectionError), pytest.raises(ConnectionError):
        finish(paid, word)

    assert len(paid.records("slot")) == held


def test_a_task_that_the_record_does_not_name_gives_its_slot_back_at_its_end(paid: Stack) -> None:
    """The record may be of another POST by then, and the slot of a task that is at work."""
    edit = paid.edit()
    paid.table.update(edit["pk"], {"state": "POSTING"}, "attribute_exists(pk)", remove=("task_id",))
    with patch.object(type(paid.edits), "end", side_effect=ConnectionError), pytest.raises(ConnectionError):
        finish(paid)

    assert len(paid.records("slot")) == 1
    assert finish(paid) == {"status": "done"}
    assert paid.records("slot") == []
