"""A drop that can be refused before it is paid for is refused: a receipt, one event, no POST."""

from unittest.mock import patch

import pytest

from depthdrop.drop.foreign import HEAD_BYTES
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.message import Done, DropReleased
from tests.support.acts import asked, finish
from tests.support.aws import OUTBOX, Stack
from tests.support.foreign_files import heif
from tests.support.scripted import NOW, PICTURE, Scripted, picture, refused

Files = dict[str, bytes]

REFUSED: list[tuple[str, Files]] = [
    ("not_an_image", {"a.jpg": b"no picture", "a.txt": b"p"}),
    ("wrong_extension", {"a.jpg": picture("PNG"), "a.txt": b"p"}),
    ("damaged_image", {"a.jpg": b"\xff\xd8\xff\xe0" + bytes(300), "a.txt": b"p"}),
    ("image_too_small", {"a.jpg": picture(size=(255, 300)), "a.txt": b"p"}),
    ("image_too_large", {"a.jpg": PICTURE + bytes(16 * 1024 * 1024), "a.txt": b"p"}),
    ("unknown_setting", {"a.jpg": PICTURE, "a.json": b'{"promt": "p"}'}),
    ("missing_setting", {"a.jpg": PICTURE, "a.json": b'{"steps": 20}'}),
    ("bad_setting", {"a.jpg": PICTURE, "a.json": b'{"prompt": "p", "steps": "many"}'}),
    ("setting_out_of_range", {"a.jpg": PICTURE, "a.json": b'{"prompt": "p", "steps": 14}'}),
    ("unknown_model", {"a.jpg": PICTURE, "a.json": b'{"prompt": "p", "model": "flux-pro-1.0-deep"}'}),
    ("no_depth_map", {"a.jpg": PICTURE, "a.json": b'{"prompt": "p", "depth_map": "map.png"}'}),
    ("bad_depth_map", {"a.jpg": PICTURE, "a.json": b'{"prompt": "p", "depth_map": "../map.png"}'}),
    ("sidecar_too_large", {"a.jpg": PICTURE, "a.txt": b"p" * (64 * 1024 + 1)}),
    ("sidecar_not_text", {"a.jpg": PICTURE, "a.txt": b"\xff\xfe\xfa"}),
    ("sidecar_not_json", {"a.jpg": PICTURE, "a.json": b"{"}),
    ("sidecar_not_yaml", {"a.jpg": PICTURE, "a.yaml": b"a: [1"}),
    ("sidecar_not_a_mapping", {"a.jpg": PICTURE, "a.yaml": b"- p"}),
    ("sidecar_has_aliases", {"a.jpg": PICTURE, "a.yaml": b"prompt: &p x\nmodel: *p\n"}),
    ("two_sidecars", {"a.jpg": PICTURE, "a.txt": b"p", "a.jpg.json": b"{}"}),
    ("bad_setting", {"a.jpg": PICTURE, "a.txt": b"  \n"}),
    ("sidecar_not_yaml", {"a.jpg": PICTURE, "a.txt": b"p", "_preset.yaml": b"a: [1"}),
    ("setting_not_taken", {"a.jpg": PICTURE, "a.yaml": b"model: flux-kontext-pro\nprompt: p\nwidth: 512\n"}),
    ("setting_not_taken", {"a.jpg": PICTURE, "a.yaml": b"prompt: p\naspect_ratio: 16:9\n"}),
    ("setting_out_of_range", {"a.jpg": PICTURE, "a.json": b'{"prompt": "p", "output_format": "webp"}'}),
    ("unsupported_format", {"a.jpg": b"GIF89a" + bytes(20 * 1024 * 1024), "a.txt": b"p"}),
]


@pytest.mark.parametrize(("code", "files"), REFUSED, ids=[code for code, _ in REFUSED])
def test_a_refusal_leaves_a_receipt_and_one_event_and_pays_nothing(stack: Stack, code: str, files: Files) -> None:
    for name, content in files.items():
        stack.put(name, content)

    assert stack.deliver("a.jpg") == [Done(f"refused: {code}")]
    receipt = stack.receipt("a.jpg")
    assert (receipt["image"], receipt["code"], receipt["charged"]) == ("a.jpg", code, False)
    assert receipt["message"]
    assert receipt["hint"]
    [event] = stack.events()
    assert event["type"] == "depthdrop.edit.rejected.v1"
    assert event["data"]["spend"] == {"state": "none", "usd": 0.0}
    assert event["data"]["receipt"] == {"bucket": OUTBOX, "key": "a.jpg.rejected.json"}
    assert (event["data"]["error"]["code"], event["subject"]) == (code, "a.jpg")
    assert (stack.upstream.posts, stack.records("edit")) == ([], [])


@pytest.mark.parametrize(("code", "files"), REFUSED[:1] + REFUSED[18:19], ids=["a picture", "two sidecars"])
def test_a_refused_drop_is_reported_once_however_often_it_comes(stack: Stack, code: str, files: Files) -> None:
    for name, content in files.items():
        stack.put(name, content)
    stack.deliver("a.jpg")
    stack.deliver("a.txt")

    assert stack.deliver("a.jpg") == [Done("refused before")]
    assert [event["data"]["error"]["code"] for event in stack.events()] == [code]


def test_a_photo_in_another_format_is_refused_with_the_format_to_convert_it_to(stack: Stack) -> None:
    stack.put("a.heic", heif(b"heic", b"mif1"))
    stack.put("a.txt", b"p")

    assert stack.deliver("a.heic") == [Done("refused: unsupported_format")]
    assert stack.deliver("a.txt") == [Done("refused before")]
    receipt = stack.receipt("a.heic")
    assert "HEIC" in receipt["message"]
    assert "JPEG" in receipt["hint"]
    assert [event["subject"] for event in stack.events()] == ["a.heic"]


@pytest.mark.parametrize("name", ["a.jpg", "a.heic"])
def test_of_a_file_that_is_never_sent_only_the_beginning_is_read(stack: Stack, name: str) -> None:
    stack.put(name, PICTURE + bytes(16 * 1024 * 1024 if name == "a.jpg" else 1))
    stack.put("a.txt", b"p")
    with patch.object(Inbox, "read", autospec=True, side_effect=Inbox.read) as read:
        stack.deliver(name)

    assert [call.args[2] for call in read.call_args_list if call.args[1].key == name] == [HEAD_BYTES]
    if name == "a.jpg":
        assert f"{len(PICTURE) + 16 * 1024 * 1024:,} bytes" in stack.receipt(name)["message"]


UPSTREAM: list[tuple[Scripted, str, str]] = [
    (refused(400, "prompt is not allowed"), "request_refused", "prompt is not allowed"),
    (refused(422, "steps: too many"), "request_refused", "steps: too many"),
    (refused(500, "bad picture", "invalid_request"), "request_refused", "bad picture"),
    (refused(404, "no such model"), "model_withdrawn", "flux-kontext-pro"),
    (refused(410), "model_withdrawn", "flux-kontext-pro"),
    (refused(503, "no channel", "model_not_found"), "model_withdrawn", "flux-kontext-pro"),
]


@pytest.mark.parametrize(("answer", "code", "said"), UPSTREAM)
def test_a_request_that_the_upstream_refuses_leaves_a_receipt_and_frees_claim_and_slot(
    stack: Stack, answer: Scripted, code: str, said: str
) -> None:
    stack.upstream.post_answers.append(answer)

    assert stack.deliver(stack.drop()) == [Done(f"refused: {code}")]
    receipt = stack.receipt("photo.jpg")
    assert said in receipt["message"] + receipt["hint"]
    assert [event["type"] for event in stack.events()] == ["depthdrop.edit.rejected.v1"]
    assert (stack.edit()["state"], stack.records("slot")) == ("RELEASED", [])
    stack.deliver("photo.txt")
    assert len(stack.upstream.posts) == 1


def test_two_sidecars_are_both_named(stack: Stack) -> None:
    for name in ("b/a.jpg", "b/a.txt", "b/a.jpg.yaml"):
        stack.put(name, b"p")
    stack.deliver("b/a.txt")

    assert stack.receipt("b/a.jpg")["message"] == "a.jpg.yaml and a.txt both belong to this picture."


def test_a_second_sidecar_beside_a_bought_one_is_refused_and_the_bought_edit_is_kept(stack: Stack) -> None:
    stack.put("a.jpg.txt", b"a watercolour")
    stack.put("a.jpg", PICTURE)
    stack.deliver("a.jpg")
    stack.put("a.txt", b"an oil painting", NOW)

    assert stack.deliver("a.txt") == [Done("refused: two_sidecars")]
    assert stack.edit()["state"] == "SUBMITTED"
    assert stack.receipt("a.jpg")["code"] == "two_sidecars"


def test_with_one_sidecar_removed_the_picture_may_be_dropped_again(stack: Stack) -> None:
    for name, content in REFUSED[18][1].items():
        stack.put(name, content)
    stack.deliver("a.jpg")
    stack.submit().inbox.s3.delete_object(Bucket="depthdrop-inbox", Key="a.jpg.json")

    assert stack.deliver("a.jpg") == [Done("submitted")]


def test_a_corrected_sidecar_is_bought_and_deletes_the_receipt(stack: Stack) -> None:
    stack.put("rooms/a.jpg", PICTURE)
    stack.put("rooms/a.yaml", b"promt: a watercolour\n")
    stack.deliver("rooms/a.jpg")
    assert stack.receipt("rooms/a.jpg")["field"] == "promt"
    stack.put("rooms/a.yaml", b"prompt: a watercolour\n", NOW)

    assert stack.deliver("rooms/a.yaml") == [Done("submitted")]
    assert stack.outbox() == {}
    finish(stack)
    assert [event["type"].split(".")[2] for event in stack.events()] == ["rejected", "succeeded"]
    assert sorted(stack.outbox()) == [f"rooms/a-{stack.edit()['edit_id'][:8]}.{end}" for end in ("jpg", "json")]


def test_a_receipt_stays_while_the_picture_is_still_refused(stack: Stack) -> None:
    stack.put("a.jpg", PICTURE)
    stack.put("a.json", b'{"promt": "ink"}')
    stack.deliver("a.jpg")
    stack.put("a.json", b'{"prompt": "ink", "steps": 1}', NOW)
    stack.deliver("a.json")
    stack.deliver("a.jpg")

    assert stack.receipt("a.jpg")["code"] == "setting_out_of_range"


def test_a_new_refusal_after_a_good_drop_leaves_a_receipt_again(stack: Stack) -> None:
    for number, content in enumerate([b"{", b'{"prompt": "ink"}', b"{", b'{"prompt": "oil"}']):
        stack.put("a.jpg", PICTURE)
        stack.put("a.json", content, NOW + number)
        stack.deliver("a.json")
        assert ("a.jpg.rejected.json" in stack.outbox()) == (content == b"{")


def test_no_receipt_is_looked_for_where_there_was_none(stack: Stack) -> None:
    key = stack.drop()

    assert "DeleteObject" not in asked(stack, lambda: stack.deliver(key))


@pytest.mark.parametrize("broken", ["the object", "the mark", "the drop"])
def test_an_interrupted_deletion_of_a_receipt_is_finished_by_the_redelivery(stack: Stack, broken: str) -> None:
    stack.put("a.jpg", PICTURE)
    stack.put("a.json", b"{")
    stack.deliver("a.jpg")
    stack.put("a.json", b'{"prompt": "ink"}', NOW)
    submit = stack.submit()
    owner, name = {
        "the object": (type(submit.rejection.outbox), "remove_receipt"),
        "the mark": (type(submit.rejection.files), "receipt_gone"),
        "the drop": (type(submit.drops), "record"),
    }[broken]
    with patch.object(owner, name, side_effect=ConnectionError), pytest.raises(ConnectionError):
        stack.deliver("a.json")

    assert stack.deliver("a.json") == [Done("submitted")]
    assert stack.outbox() == {}
    assert "receipt" not in submit.rejection.files.get("a.jpg")


def test_a_refused_drop_that_another_worker_accepted_meanwhile_is_bought(stack: Stack) -> None:
    """Both events of a pair are processed at once while a preset changes: the first record counts."""
    key = stack.drop()
    stack.deliver(key)
    [drop] = stack.records("drop")
    stack.put("_preset.yaml", b"a: [1")
    stack.monkeypatch.setattr(type(stack.drops), "get", lambda *_: None)

    assert stack.deliver(key) == [Done("the edit stands as SUBMITTED")]
    assert stack.table.get(drop["pk"]) == drop
    assert stack.events() == []


@pytest.mark.parametrize("broken", ["receipt", "its mark", "event", "mark"])
def test_an_interrupted_refusal_is_reported_by_the_redelivery(stack: Stack, broken: str) -> None:
    stack.put("a.jpg", b"no picture")
    stack.put("a.txt", b"p")
    submit = stack.submit()
    owner, name = {
        "receipt": (type(submit.rejection.outbox), "put_json"),
        "its mark": (type(submit.rejection.files), "receipt_left"),
        "event": (type(submit.notices), "publish"),
        "mark": (type(submit.drops), "mark_notified"),
    }[broken]
    with patch.object(owner, name, side_effect=ConnectionError), pytest.raises(ConnectionError):
        stack.deliver("a.jpg")

    assert stack.deliver("a.jpg") == [Done("refused: not_an_image")]
    assert stack.receipt("a.jpg")["code"] == "not_an_image"
    assert len({event["id"] for event in stack.events()}) == 1


def test_a_refused_drop_is_not_revived_by_a_release(stack: Stack) -> None:
    stack.upstream.post_answers.extend([refused(429), refused(400)])
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")
    stack.deliver(DropReleased(drop["drop_id"]))

    assert stack.deliver(DropReleased(drop["drop_id"])) == [Done("refused before")]
    assert "parked" not in stack.records("drop")[0]
    assert len(stack.upstream.posts) == 2


def test_a_presets_setting_that_one_pictures_model_does_not_take_is_switched_off_in_its_sidecar(
    stack: Stack,
) -> None:
    stack.put("summer/_preset.yaml", b"steps: 50\n")
    stack.put("summer/a.jpg", PICTURE)
    stack.put("summer/a.yaml", b"prompt: p\nmodel: flux-kontext-pro\n")

    assert stack.deliver("summer/a.jpg") == [Done("refused: setting_not_taken")]
    receipt = stack.receipt("summer/a.jpg")
    assert receipt["message"] == ("summer/_preset.yaml gives steps as 50, but flux-kontext-pro takes no steps.")
    assert "steps: null" in receipt["hint"]
    stack.put("summer/a.yaml", b"prompt: p\nmodel: flux-kontext-pro\nsteps: null\naspect_ratio: 16:9\n", NOW)
    assert stack.deliver("summer/a.yaml") == [Done("submitted")]
    assert stack.upstream.posted()["aspect_ratio"] == "16:9"
    assert "steps" not in stack.upstream.posted()
