"""Whatever a picture is called, it is edited under its own name, or left alone with a word in the log."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from depthdrop import aws
from depthdrop.drop.inbox_keys import is_preset
from tests.hostile.corpus.forms import FORMS
from tests.hostile.corpus.inbox_world import World
from tests.hostile.corpus.keys import EDITED, KEY_MAX_BYTES, KEYS, LEFT_ALONE, Named
from tests.support.aws import INBOX
from tests.support.scripted import KEY, PICTURE

pytestmark = pytest.mark.sockets

PROMPT = "a watercolour"
CONTINUES: dict[str, list[object]] = {"batchItemFailures": []}


def sidecar_of(key: str) -> str:
    """The short spelling: a picture whose name takes all that S3 allows has a sidecar of the same length."""
    short = f"{key.rpartition('.')[0]}.txt"
    return f"{key}.txt" if is_preset(short) else short


def result_of(key: str, edit_id: str) -> tuple[str, str]:
    """Worked out here once more: folder, stem, the first eight letters of the edit; a hash for what is cut off."""
    stem = key.rpartition(".")[0]
    room = KEY_MAX_BYTES - 4 - len("-12345678.jpg")
    if len(stem.encode()) > room:
        cut_off = f"~{sha256(stem.encode()).hexdigest()[:16]}"
        while len(f"{stem}{cut_off}".encode()) > room:
            stem = stem[:-1]
        stem += cut_off
    return f"{stem}-{edit_id[:8]}.jpg", f"{stem}-{edit_id[:8]}.json"


def settled(world: World) -> list[str]:
    """What submit said of each message."""
    lines = [json.loads(line) for line in world.log.out.splitlines()]
    return [line["settled"] for line in lines if line.get("message") == "settled"]


def test_no_key_is_here_twice_and_all_of_them_fit() -> None:
    assert len({named.key for named in KEYS}) == len(KEYS) >= 40
    assert max(len(named.key.encode()) for named in KEYS) == KEY_MAX_BYTES


@pytest.mark.parametrize("named", EDITED, ids=[named.name for named in EDITED])
def test_a_picture_is_edited_under_its_own_name_whichever_form_announces_it(
    world: World, named: Named, record_property: Callable[[str, object], None]
) -> None:
    """One form announces the picture and buys the edit; the other announces the sidecar and finds the same drop."""
    key, (first, second) = named.key, sorted(FORMS, reverse=EDITED.index(named) % 2 == 0)
    world.stack.put(sidecar_of(key), PROMPT.encode())
    world.stack.put(key, PICTURE)
    answers = [world.deliver(key, first), world.deliver(sidecar_of(key), second)]
    world.finish()
    edit = world.stack.edit()
    picture, manifest = result_of(key, edit["edit_id"])
    outbox = world.stack.outbox()
    record_property("resolved", int(set(outbox) == {picture, manifest}))

    assert answers == [CONTINUES] * 2
    assert "submitted" in settled(world)[0]
    assert "the edit stands as SUBMITTED" in settled(world)[1]
    assert (edit["image_key"], edit["state"], world.posts) == (key, "SUCCEEDED", 1)
    assert set(outbox) == {picture, manifest}
    assert json.loads(outbox[manifest])["source"]["key"] == key
    [envelope] = world.envelopes()
    event = json.loads(envelope["Message"])
    assert (event["type"], event["subject"]) == ("depthdrop.edit.succeeded.v1", key)
    assert (event["data"]["result"]["key"], event["data"]["manifest"]["key"]) == (picture, manifest)
    assert event["data"]["sidecar"]["key"] == sidecar_of(key)
    assert envelope["Subject"].isascii()
    assert envelope["Subject"].isprintable()
    assert len(envelope["Subject"]) < 100
    assert all(attribute["Value"] for attribute in envelope["MessageAttributes"].values())
    assert (world.log.forged, world.log.leaks((KEY, PROMPT)), world.log.err) == ([], [], "")


@pytest.mark.parametrize("named", LEFT_ALONE, ids=[named.name for named in LEFT_ALONE])
def test_a_file_that_is_no_picture_by_its_name_is_ignored_with_a_log_line(
    world: World, named: Named, record_property: Callable[[str, object], None]
) -> None:
    world.stack.put("photo.txt", PROMPT.encode())
    world.stack.put(named.key, PICTURE)
    answers = [world.deliver(named.key, form) for form in FORMS]
    said = settled(world)
    record_property("resolved", int(len(said) == len(FORMS)))

    assert answers == [CONTINUES] * 2
    assert ["neither picture nor sidecar" in words for words in said] == [True, True]
    assert (world.posts, world.stack.outbox(), world.events(), world.kinds) == (0, {}, [], set())
    assert (world.log.forged, world.log.err) == ([], "")


@pytest.mark.parametrize("name", ["a long name", "so long that its sidecar just fits", "a line feed"])
def test_a_receipt_s_key_fits_and_begins_as_the_picture_s(world: World, name: str) -> None:
    [named] = [named for named in EDITED if named.name == name]
    world.stack.put(sidecar_of(named.key), PROMPT.encode())
    world.stack.put(named.key, b"no picture")
    world.deliver(named.key)

    [receipt] = world.stack.outbox()
    begins, _, hashed = receipt.removesuffix(".rejected.json").partition("~")
    assert named.key.startswith(begins)
    assert len(begins) + len(hashed) >= min(len(named.key), KEY_MAX_BYTES - 20)
    assert len(receipt.encode()) <= KEY_MAX_BYTES
    assert [event["data"]["receipt"]["key"] for event in world.events()] == [receipt]


def test_the_buckets_of_these_tests_take_every_key_as_it_is(world: World) -> None:
    """Without this, a failed test could be the fault of the replacement for S3."""
    for named in KEYS:
        world.stack.put(named.key, b"")
    pages = aws.s3().get_paginator("list_objects_v2").paginate(Bucket=INBOX)

    assert {found["Key"] for page in pages for found in page["Contents"]} == {named.key for named in KEYS}
