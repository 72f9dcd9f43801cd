"""A picture that was uploaded with its prompt is a pair by itself."""

import json

import pytest

from depthdrop.inbox.message import ComeBack, Done, DropReleased
from tests.support.acts import asked, finish
from tests.support.aws import Stack
from tests.support.scripted import NOW, PICTURE, picture, refused

KEY = "rooms/photo.jpg"


def carried(stack: Stack, prompt: str = "a watercolour", at: float = NOW - 60, content: bytes = PICTURE) -> str:
    stack.put(KEY, content, at, prompt)
    return KEY


def test_a_picture_with_its_prompt_is_edited_without_a_sidecar(stack: Stack) -> None:
    assert stack.deliver(carried(stack)) == [Done("submitted")]
    assert stack.upstream.posted()["prompt"] == "a watercolour"
    assert "sidecar_key" not in stack.edit()


def test_its_event_has_no_sidecar_and_its_manifest_says_where_the_prompt_came_from(stack: Stack) -> None:
    stack.deliver(carried(stack))
    finish(stack)

    [event] = stack.events()
    assert event["type"] == "depthdrop.edit.succeeded.v1"
    assert "sidecar" not in event["data"]
    manifest = json.loads(stack.outbox()[event["data"]["manifest"]["key"]])
    assert manifest["origins"]["prompt"] == f"x-amz-meta-prompt of {KEY}"
    assert "sidecar" not in manifest


def test_what_s3_encoded_is_decoded(stack: Stack) -> None:
    stack.deliver(carried(stack, "=?UTF-8?B?w4PCvGJlciBSb20=?="))

    assert stack.upstream.posted()["prompt"] == "über Rom"


def test_a_raw_photo_that_carries_a_prompt_is_refused_with_a_receipt(stack: Stack) -> None:
    stack.put("rooms/photo.NEF", b"MM\0*" + bytes(99), NOW - 60, "a watercolour")

    assert stack.deliver("rooms/photo.NEF") == [Done("refused: unsupported_format")]
    assert "Nikon" in stack.receipt("rooms/photo.NEF")["message"]
    assert [event["subject"] for event in stack.events()] == ["rooms/photo.NEF"]


def test_the_prompt_of_the_picture_overrides_presets(stack: Stack) -> None:
    stack.put("_preset.yaml", b"steps: 20\nprompt: never seen\n")
    stack.deliver(carried(stack))

    assert (stack.upstream.posted()["steps"], stack.upstream.posted()["prompt"]) == (20, "a watercolour")


def test_a_sidecar_that_exists_when_submit_looks_wins_and_nothing_else_is_read(stack: Stack) -> None:
    stack.put("rooms/photo.txt", b"an oil painting")
    carried(stack)

    assert "HeadObject" not in asked(stack, lambda: stack.deliver(KEY))
    assert stack.upstream.posted()["prompt"] == "an oil painting"
    assert len(stack.upstream.posts) == 1


def test_a_sidecar_that_comes_later_is_another_edit(stack: Stack) -> None:
    stack.deliver(carried(stack))
    stack.put("rooms/photo.txt", b"an oil painting")
    for key in ("rooms/photo.txt", KEY):
        stack.deliver(key)

    assert [stack.upstream.posted(number)["prompt"] for number in (0, 1)] == ["a watercolour", "an oil painting"]
    assert len(stack.upstream.posts) == 2


def test_a_redelivery_buys_nothing_and_asks_no_more_than_the_first_look(stack: Stack) -> None:
    carried(stack)
    stack.deliver(KEY)
    stack.put("_preset.yaml", b"steps: 20\n")

    assert stack.deliver(KEY) == [Done("the edit stands as SUBMITTED")]
    assert len(stack.upstream.posts) == 1


@pytest.mark.parametrize(
    ("prompt", "shade", "edits"), [("a watercolour", 120, 1), ("ink", 120, 2), ("a watercolour", 7, 2)]
)
def test_uploaded_again_it_is_a_new_edit_only_when_something_changed(
    stack: Stack, prompt: str, shade: int, edits: int
) -> None:
    stack.deliver(carried(stack))
    stack.deliver(carried(stack, prompt, NOW, picture(shade=shade)))

    assert len(stack.upstream.posts) == len(stack.records("edit")) == edits
    assert len(stack.records("drop")) == 2


def test_a_parked_drop_continues_without_reading_the_metadata_again(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(carried(stack))
    [drop] = stack.records("drop")

    assert stack.deliver(DropReleased(drop["drop_id"])) == [Done("submitted")]
    assert stack.upstream.posted(1)["prompt"] == "a watercolour"


@pytest.mark.parametrize(
    ("prompt", "code", "said"),
    [
        ("", "bad_setting", f"x-amz-meta-prompt of {KEY} gives prompt as ''"),
        ("   ", "bad_setting", f"x-amz-meta-prompt of {KEY} gives prompt"),
        ("=?UTF-8?Q?a=00b?=", "bad_setting", "NUL"),
        ("=?UTF-8?B?!!!!?=", "prompt_not_text", "The x-amz-meta-prompt of photo.jpg"),
        ("=?UTF-8?Q?=FF?=", "prompt_not_text", "The x-amz-meta-prompt of photo.jpg"),
        ("=?no-such?Q?a?=", "prompt_not_text", "The x-amz-meta-prompt of photo.jpg"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_refused_with_a_sentence(
    stack: Stack, prompt: str, code: str, said: str
) -> None:
    assert stack.deliver(carried(stack, prompt)) == [Done(f"refused: {code}")]
    receipt = stack.receipt(KEY)
    assert said in f"{receipt['message']} {receipt['hint']}"
    assert receipt["field"] == "prompt"
    [event] = stack.events()
    assert "sidecar" not in event["data"]
    assert stack.upstream.posts == []


def test_a_prompt_longer_than_any_may_be_is_refused(stack: Stack) -> None:
    inbox = type(stack.submit().inbox)
    stack.monkeypatch.setattr(inbox, "prompt_of", lambda *_: "x" * 10_001)

    assert stack.deliver(carried(stack)) == [Done("refused: bad_setting")]


@pytest.mark.parametrize("how", ["overwritten", "deleted"])
def test_a_picture_that_changes_between_listing_and_look_spends_nothing(stack: Stack, how: str) -> None:
    carried(stack)
    inbox = stack.submit().inbox
    listed = inbox.siblings("rooms/photo.")
    stack.monkeypatch.setattr(type(inbox), "siblings", lambda *_: listed)
    if how == "deleted":
        inbox.s3.delete_object(Bucket=inbox.bucket, Key=KEY)
    else:
        carried(stack, "ink", NOW)

    assert stack.deliver(KEY) == [ComeBack(5, "a file of this drop was replaced or removed at this moment")]
    assert (stack.records("drop"), stack.records("file"), stack.upstream.posts) == ([], [], [])
