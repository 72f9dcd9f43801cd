"""A message that comes again, in whatever state it finds the edit, never pays again."""

import pytest

from depthdrop.inbox.message import ComeBack, Done, DropReleased
from depthdrop.records.edits import State
from tests.support.acts import finish
from tests.support.aws import INBOX, Stack
from tests.support.records import part
from tests.support.scripted import NOW, picture


def change_edit(stack: Stack, **changes: object) -> None:
    """Change the edit's record as if its worker had got that far."""
    stack.table.update(stack.edit()["pk"], changes, "attribute_exists(pk)")


@pytest.mark.parametrize("state", ["CLAIMED", "POSTING"])
def test_while_another_worker_has_the_edit_the_message_comes_back(stack: Stack, state: str) -> None:
    key = stack.drop()
    stack.deliver(key)
    change_edit(stack, state=state, lease_until=NOW + 20)

    assert stack.deliver(key) == [ComeBack(21, "another worker has the claim")]
    assert len(stack.upstream.posts) == 1


def test_a_long_lease_is_looked_at_again_every_half_minute(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    change_edit(stack, state="CLAIMED", lease_until=NOW + 150)

    assert stack.deliver(key) == [ComeBack(30, "another worker has the claim")]


def test_a_claim_whose_lease_is_over_is_taken_over_and_paid(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    change_edit(stack, state="CLAIMED", lease_until=NOW - 1)

    assert stack.deliver(key) == [Done("submitted")]
    assert stack.edit()["state"] == "SUBMITTED"


def test_a_post_whose_lease_is_over_is_never_taken_over(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    change_edit(stack, state="POSTING", lease_until=NOW - 1)

    assert stack.deliver(key) == [Done("a POST was left without an answer; sweep settles it")]
    assert len(stack.upstream.posts) == 1
    assert stack.edit()["state"] == "POSTING"


def test_a_submitted_edit_without_an_execution_gets_one(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    stack.close_execution(f"{stack.edit()['edit_id']}-1")
    stack.deliver(key)

    assert sorted(stack.executions().values()) == ["ABORTED", "RUNNING"]
    assert (stack.edit()["attempt"], len(stack.upstream.posts)) == (2, 1)


@pytest.mark.parametrize("word", ["ready", "failed"])
def test_an_ended_edit_is_neither_paid_nor_published_again(stack: Stack, word: str) -> None:
    key = stack.drop()
    stack.deliver(key)
    finish(stack, word)
    stack.events()

    assert len(stack.deliver(key)) == 1
    assert (stack.events(), len(stack.upstream.posts)) == ([], 1)


def test_an_ended_edit_that_was_never_published_is_published_by_a_redelivery(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    finish(stack, "ready")
    [event] = stack.events()
    stack.table.update(stack.edit()["pk"], {}, "attribute_exists(pk)", remove=("notified_at",))
    stack.deliver(key)

    assert [again["id"] for again in stack.events()] == [event["id"]]
    assert "notified_at" in stack.edit()


def test_a_redrop_of_a_finished_edit_costs_nothing_and_is_published_once(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    finish(stack, "ready")
    [first] = stack.events()
    stack.drop(at=NOW + 100)

    assert stack.deliver(key) == [Done("the edit stands as SUCCEEDED")]
    assert [event["id"] for event in stack.events()] == [first["id"]]
    stack.deliver("photo.txt")
    assert (stack.events(), len(stack.upstream.posts)) == ([], 1)


def test_a_changed_preset_buys_nothing_new_for_a_drop_that_was_resolved(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    stack.put("_preset.yaml", b"steps: 20\n")
    stack.deliver(key)

    assert len(stack.upstream.posts) == len(stack.records("edit")) == 1


def test_a_drop_that_others_resolved_first_is_bought_as_they_resolved_it(stack: Stack) -> None:
    """Both events of a pair are processed at once while a preset changes: one edit, not two."""
    key = stack.drop()
    stack.deliver(key)
    drop, edit = stack.records("drop")[0], stack.edit()
    stack.table.delete(drop["pk"], "attribute_exists(pk)")
    stack.table.delete(edit["pk"], "attribute_exists(pk)")
    stack.put("_preset.yaml", b"steps: 20\n")
    submit = stack.submit()
    record = type(submit.drops).record
    stack.monkeypatch.setattr(
        type(submit.drops),
        "record",
        lambda self, drop_id, now, _facts: record(self, drop_id, now, part(drop)),
    )
    stack.deliver(key)

    assert stack.edit()["edit_id"] == edit["edit_id"]
    assert [stack.upstream.posted(number)["steps"] for number in (0, 1)] == [50, 50]


def test_a_drop_that_was_recorded_but_never_claimed_is_bought_by_its_redelivery(stack: Stack) -> None:
    key = stack.drop()
    stack.deliver(key)
    stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")

    assert stack.deliver(key) == [Done("submitted")]
    assert stack.edit()["state"] == "SUBMITTED"


def test_a_sidecar_replaced_after_the_drop_was_recorded_changes_nothing_of_it(stack: Stack) -> None:
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")
    stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")
    stack.put("photo.txt", b"something else", NOW + 5)
    stack.deliver(DropReleased(drop["drop_id"]))

    assert stack.upstream.posted(1)["prompt"] == "a watercolour"


@pytest.mark.parametrize("by", ["replaced", "deleted"])
def test_a_recorded_drop_whose_picture_is_gone_is_refused_and_its_claim_given_up(stack: Stack, by: str) -> None:
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")
    change_edit(stack, state="CLAIMED", lease_until=NOW - 1)
    if by == "replaced":
        stack.put("photo.jpg", picture(shade=1), NOW + 5)
    else:
        stack.submit().inbox.s3.delete_object(Bucket=INBOX, Key="photo.jpg")

    assert stack.deliver(DropReleased(drop["drop_id"])) == [Done("refused: replaced")]
    assert stack.receipt("photo.jpg")["code"] == "replaced"
    assert [event["data"]["error"]["code"] for event in stack.events()] == ["replaced"]
    assert stack.edit()["state"] == State.RELEASED
    assert len(stack.upstream.posts) == 1


def test_a_recorded_drop_whose_depth_map_changed_is_not_bought_as_another_edit(stack: Stack) -> None:
    stack.put("photo.json", b'{"prompt": "a watercolour", "depth_map": "map.png"}')
    stack.put("map.png", picture("PNG"))
    stack.put("photo.jpg", picture())
    stack.deliver("photo.jpg")
    change_edit(stack, state="RELEASED")
    stack.put("map.png", picture("PNG", shade=2))

    assert stack.deliver("photo.jpg") == [Done("refused: replaced")]
    assert len(stack.records("edit")) == len(stack.upstream.posts) == 1


def test_a_picture_replaced_while_it_is_read_starts_nothing(stack: Stack) -> None:
    key = stack.drop()
    submit = stack.submit()
    listed = submit.inbox.siblings("photo.")
    stack.put(key, picture(shade=1), NOW + 5)
    stack.monkeypatch.setattr(type(submit.inbox), "siblings", lambda *_: listed)

    assert stack.deliver(key) == [ComeBack(5, "a file of this drop was replaced or removed at this moment")]
    assert stack.records("drop") == []


def test_the_message_of_a_released_drop_without_a_record_is_acknowledged(stack: Stack) -> None:
    assert stack.deliver(DropReleased("unknown")) == [Done("no such drop")]
