"""What is recorded about a file: once for each version, and complete when several workers write at once."""

from dataclasses import replace

import pytest

from depthdrop.drop.pairing import InboxObject
from depthdrop.records.files import Files
from depthdrop.records.table import KEPT_SECONDS, Table
from tests.support.aws import Stack
from tests.support.scripted import NOW

UNPAIRED = InboxObject("a/b.png", "e1", NOW, 9)


@pytest.fixture
def files(stack: Stack) -> Files:
    return Files(stack.table)


def test_a_file_that_was_never_seen_has_no_record(files: Files) -> None:
    assert files.get("a/b.png") == {"pk": "file#a/b.png"}


def test_an_unpaired_file_is_noted_once_for_each_version(files: Files) -> None:
    assert files.wait(UNPAIRED, NOW) == ()
    assert files.wait(UNPAIRED, NOW + 5) == ()
    waits = {"pk": "file#a/b.png", "half_modified": NOW, "open": "half", "listed": "all", "created_at": NOW}
    assert files.get(UNPAIRED.key) == waits | {
        "half": f"e1 {NOW}",
        "look_at": NOW,
        "expires_at": NOW + KEPT_SECONDS,
    }
    files.wait(replace(UNPAIRED, etag="e2"), NOW + 9)
    assert files.get(UNPAIRED.key) == waits | {
        "half": f"e2 {NOW}",
        "look_at": NOW + 9,
        "expires_at": NOW + 9 + KEPT_SECONDS,
    }


def test_a_file_that_pictures_name_as_their_depth_map_is_not_unpaired(files: Files) -> None:
    files.name(UNPAIRED.key, "a/c.jpg")
    files.name(UNPAIRED.key, "a/b.jpg")
    files.name(UNPAIRED.key, "a/c.jpg")

    assert files.wait(UNPAIRED, NOW) == ("a/c.jpg", "a/b.jpg")
    assert files.get(UNPAIRED.key) == {"pk": "file#a/b.png", "named_by": ["a/c.jpg", "a/b.jpg"]}


def test_a_former_depth_map_that_no_picture_names_any_more_is_unpaired(files: Files) -> None:
    files.name(UNPAIRED.key, "a/b.jpg")
    files.wait_even_if_named(UNPAIRED, NOW)
    files.wait_even_if_named(UNPAIRED, NOW + 5)

    assert files.get(UNPAIRED.key) == {
        "pk": "file#a/b.png",
        "named_by": ["a/b.jpg"],
        "half": f"e1 {NOW}",
        "half_modified": NOW,
        "open": "half",
        "listed": "all",
        "created_at": NOW,
        "look_at": NOW,
    }


def test_only_the_latest_twenty_pictures_that_name_a_map_are_kept(files: Files) -> None:
    for number in range(23):
        files.name(UNPAIRED.key, f"{number}.jpg")

    assert files.get(UNPAIRED.key)["named_by"] == [f"{number}.jpg" for number in range(3, 23)]


def test_two_pictures_that_name_a_map_at_the_same_moment_are_both_kept(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Table.get

    def meanwhile(table: Table, pk: str) -> object:
        found = get(table, pk)
        with monkeypatch.context() as patched:
            patched.setattr(Table, "get", get)
            files.name(UNPAIRED.key, "first.jpg")
        return found

    monkeypatch.setattr(Table, "get", meanwhile)
    files.name(UNPAIRED.key, "second.jpg")
    monkeypatch.setattr(Table, "get", get)

    assert files.get(UNPAIRED.key)["named_by"] == ["first.jpg", "second.jpg"]


def test_a_worker_that_loses_every_race_to_name_a_map_raises_a_timeout(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.name(UNPAIRED.key, "first.jpg")
    monkeypatch.setattr(Table, "get", lambda *_: {"named_by": ["another.jpg"]})
    update = Table.update
    outrun = iter(range(100))

    def outrunning(table: Table, *asked: object, **more: object) -> object:
        update(table, f"file#{UNPAIRED.key}", {"named_by": [f"{next(outrun)}"]}, "attribute_exists(pk)")
        return update(table, *asked, **more)  # type: ignore[arg-type]  # as it was asked

    monkeypatch.setattr(Table, "update", outrunning)

    with pytest.raises(TimeoutError, match="kept naming"):
        files.name(UNPAIRED.key, "second.jpg")


def test_a_receipt_is_recorded_until_it_is_deleted(files: Files) -> None:
    for _ in range(2):
        files.receipt_left("a.jpg")
    assert files.get("a.jpg") == {"pk": "file#a.jpg", "receipt": True}
    for _ in range(2):
        files.receipt_gone("a.jpg")
    assert files.get("a.jpg") == {"pk": "file#a.jpg"}
    files.receipt_gone("never.jpg")
    assert files.get("never.jpg") == {"pk": "file#never.jpg"}


@pytest.mark.parametrize("key", ["ü" * 512, "a\nb \u2028 é.jpg", "/", "../x.jpg"])
def test_any_key_that_s3_accepts_can_be_recorded(files: Files, key: str) -> None:
    files.receipt_left(key)

    assert files.get(key)["receipt"] is True
