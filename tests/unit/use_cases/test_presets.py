"""Presets: what holds for every picture at or below their folder, and what a mistake in one leads to."""

import json
from typing import Any

import pytest

from depthdrop import aws
from depthdrop.drop.pairing import InboxObject
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.message import ComeBack, Done
from tests.support.acts import asked, finish
from tests.support.aws import INBOX, Stack
from tests.support.scripted import NOW, PICTURE


def manifest(stack: Stack) -> dict[str, Any]:
    finish(stack)
    [event] = stack.events()
    found: dict[str, Any] = json.loads(stack.outbox()[event["data"]["manifest"]["key"]])
    return found


def test_each_setting_comes_from_the_file_that_is_nearest_and_the_manifest_says_from_which(stack: Stack) -> None:
    stack.put("_preset.yaml", b"steps: 20\nguidance: 20\nseed: 1\nsafety_tolerance: 1\n")
    stack.put("rooms/_preset.json", b'{"guidance": 30, "seed": 2, "prompt": "ink"}')
    stack.put("rooms/blue/_preset.yml", b"seed: 3\n")
    stack.put("halls/_preset.yaml", b"seed: 9\n")
    stack.put("rooms/blue/photo.jpg.yaml", b"seed: 4\noutput_format: png\nsafety_tolerance: null\n")
    stack.put("rooms/blue/photo.jpg", PICTURE)
    stack.deliver("rooms/blue/photo.jpg")

    described = manifest(stack)
    assert {
        name: (described["settings"][name], described["origins"][name])
        for name in described["settings"]
        if name != "metadata"
    } == {
        "prompt": ("ink", "rooms/_preset.json"),
        "model": ("flux-pro-1.0-depth", "built-in"),
        "steps": (20, "_preset.yaml"),
        "guidance": (30.0, "rooms/_preset.json"),
        "seed": (4, "rooms/blue/photo.jpg.yaml"),
        "output_format": ("png", "rooms/blue/photo.jpg.yaml"),
        "prompt_upsampling": (False, "built-in"),
        "safety_tolerance": (2, "built-in"),
    }


def test_metadata_is_taken_whole_from_the_nearest_file(stack: Stack) -> None:
    stack.put("_preset.yaml", b"metadata: {album: wedding, year: '2026'}\n")
    stack.put("photo.yaml", b"prompt: ink\nmetadata: {album: holiday}\n")
    stack.put("photo.jpg", PICTURE)
    stack.deliver("photo.jpg")

    described = manifest(stack)
    assert (described["metadata"], described["origins"]["metadata"]) == ({"album": "holiday"}, "photo.yaml")


@pytest.mark.parametrize(
    "name",
    ["_preset.yaml", "_preset.yml", "_preset.json", "_Preset.yaml", "_PRESET.YAML", "_Preset.Json", "_preset.txt"],
)
def test_a_preset_counts_in_every_spelling_that_people_use(stack: Stack, name: str) -> None:
    stack.put(name, b"ink" if name.endswith("txt") else b'{"prompt": "ink"}')
    stack.put("photo.json", b"{}")
    stack.put("photo.jpg", PICTURE)

    assert stack.deliver(name) == [Done("the object is gone, or is neither picture nor sidecar")]
    assert stack.deliver("photo.jpg") == [Done("submitted")]
    assert stack.upstream.posted()["prompt"] == "ink"


def test_two_presets_of_one_folder_are_both_named(stack: Stack) -> None:
    stack.put("rooms/_preset.yaml", b"steps: 20\n")
    stack.put("rooms/_preset.json", b'{"steps": 30}')
    key = stack.drop("rooms/photo")

    assert stack.deliver(key) == [Done("refused: two_presets")]
    message = stack.receipt(key)["message"]
    assert message == "rooms/_preset.json and rooms/_preset.yaml are presets of the same folder."
    assert stack.upstream.posts == []


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (b"steps: [1", "sidecar_not_yaml", None),
        (b"stops: 20", "unknown_setting", "stops"),
        (b"steps: many", "bad_setting", "steps"),
        (b"steps: 5", "setting_out_of_range", "steps"),
        (b"- steps", "sidecar_not_a_mapping", None),
        (b"x" * (64 * 1024 + 1), "sidecar_too_large", None),
        (b"\xff\xff", "sidecar_not_text", None),
    ],
)
def test_a_broken_preset_refuses_what_lies_below_it_and_nothing_else(
    stack: Stack, content: bytes, code: str, field: str | None
) -> None:
    stack.put("rooms/_preset.yaml", content)
    below, beside = stack.drop("rooms/blue/photo"), stack.drop("photo")

    assert stack.deliver(below) == [Done(f"refused: {code}")]
    receipt = stack.receipt(below)
    assert receipt["message"].startswith("rooms/_preset.yaml ")
    assert receipt["field"] == field
    assert stack.deliver(beside) == [Done("submitted")]


def test_a_mended_preset_lets_the_pictures_below_it_be_dropped_again(stack: Stack) -> None:
    stack.put("_preset.yaml", b"steps: [1")
    key = stack.drop()
    stack.deliver(key)
    stack.put("_preset.yaml", b"steps: 20", NOW)

    assert stack.deliver(key) == [Done("refused before")]
    assert stack.deliver(stack.drop(at=NOW)) == [Done("submitted")]
    assert stack.outbox() == {}


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_a_preset_that_changes_while_it_is_read_sends_the_message_back(stack: Stack, how: str) -> None:
    """Its own event would start nothing."""
    stack.put("_preset.yaml", b"steps: 20")
    key = stack.drop()
    read = Inbox.read

    def meanwhile(inbox: Inbox, wanted: InboxObject, max_bytes: int) -> bytes:
        stack.monkeypatch.setattr(Inbox, "read", read)
        if how == "deleted":
            aws.s3().delete_object(Bucket=INBOX, Key="_preset.yaml")
        else:
            stack.put("_preset.yaml", b"steps: 30", NOW)
        return read(inbox, wanted, max_bytes)

    stack.monkeypatch.setattr(Inbox, "read", meanwhile)

    assert stack.deliver(key) == [ComeBack(5, "a file of this drop was replaced or removed at this moment")]
    assert stack.records("drop") == []
    assert stack.deliver(key) == [Done("submitted")]
    assert stack.upstream.posted()["steps"] == (50 if how == "deleted" else 30)


def test_the_folders_that_are_searched_are_bounded(stack: Stack) -> None:
    deepest, too_deep = stack.drop("a/" * 31 + "photo"), stack.drop("a/" * 400 + "photo")
    calls = asked(stack, lambda: stack.deliver(deepest))

    assert calls.count("ListObjectsV2") == 1 + 32
    assert len(stack.upstream.posts) == 1
    assert stack.deliver(too_deep) == [Done("refused: too_many_folders")]
    assert "400 folders deep" in stack.receipt(too_deep)["message"]


def test_so_many_files_called_preset_that_one_may_be_overlooked_are_refused(stack: Stack) -> None:
    for number in range(3):
        stack.put(f"_preset.{number}.jpg", b"x")
    key = stack.drop()
    stack.monkeypatch.setattr("depthdrop.inbox.bucket._LIST_MAX", 2)

    assert stack.deliver(key) == [Done("refused: crowded")]
    assert "_preset." in stack.receipt(key)["message"]
