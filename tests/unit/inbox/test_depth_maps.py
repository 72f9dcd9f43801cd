"""The pictures that name a file as their depth map, by the drop records of their current versions."""

import pytest

from depthdrop.drop import identities
from depthdrop.drop.pairing import Pair, UnpairedFile
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.depth_maps import depth_map_of, is_depth_map, names, namings
from depthdrop.records.files import Files
from tests.support.aws import INBOX, Stack
from tests.support.records import part
from tests.support.scripted import NOW

MAP = "room_depth.png"


@pytest.fixture
def inbox(stack: Stack) -> Inbox:
    return stack.submit().inbox


def pair_of(inbox: Inbox, key: str) -> Pair:
    [found] = inbox.pairings(key)
    if isinstance(found, UnpairedFile):
        return Pair(found.file, None)
    assert isinstance(found, Pair)
    return found


def recorded(stack: Stack, inbox: Inbox, key: str, **facts: object) -> str:
    """This picture's drop was seen and resolved to these facts; its id."""
    drop_id = identities.drop_id(INBOX, pair_of(inbox, key))
    stack.drops.record(drop_id, NOW, part(facts))
    return drop_id


def test_each_picture_that_named_a_map_is_found_with_its_drop(stack: Stack, inbox: Inbox) -> None:
    for name in ("a.jpg", "a.txt", "b.jpg", "c.jpg", "c.txt", "c.json", "d.jpg", "d.txt"):
        stack.put(name, b"x")
    recorded(stack, inbox, "a.jpg", map_key=MAP)
    recorded(stack, inbox, "b.jpg", map_key="other.png")

    found = list(namings(inbox, stack.drops, ["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "d.jpg"]))
    assert found == [
        (pair_of(inbox, "a.jpg"), stack.drops.get(identities.drop_id(INBOX, pair_of(inbox, "a.jpg")))),
        (pair_of(inbox, "b.jpg"), stack.drops.get(identities.drop_id(INBOX, pair_of(inbox, "b.jpg")))),
        (pair_of(inbox, "d.jpg"), None),
    ]
    assert [pair.sidecar is None for pair, _ in found] == [False, True, False]
    assert [names(drop, MAP) for _, drop in found] == [True, False, False]


def test_one_picture_that_still_names_a_file_makes_a_map_of_it(stack: Stack, inbox: Inbox) -> None:
    for name in ("a.jpg", "a.txt", "b.jpg", "b.txt"):
        stack.put(name, b"x")
    recorded(stack, inbox, "b.jpg", map_key=MAP)
    files = Files(stack.table)
    assert is_depth_map(inbox, files, stack.drops, MAP) is False
    for image in ("a.jpg", "b.jpg"):
        files.name(MAP, image)

    assert is_depth_map(inbox, files, stack.drops, MAP) is True
    stack.put("b.txt", b"another", NOW)
    assert is_depth_map(inbox, files, stack.drops, MAP) is False


def test_a_drop_names_the_one_map_that_it_was_resolved_with() -> None:
    assert names(part({"map_key": MAP}), MAP)
    assert not names(part({"map_key": "other.png"}), MAP)
    assert not names(part({}), MAP)
    assert not names(None, MAP)


def test_a_drops_map_is_the_version_that_it_was_resolved_with(stack: Stack, inbox: Inbox) -> None:
    stack.put(MAP, b"x")
    found = inbox.version(MAP)
    assert found is not None

    facts = {"map_key": MAP, "map_etag": found.etag, "map_last_modified": found.last_modified, "map_size": 1}
    assert depth_map_of(part(facts)) == found
    assert depth_map_of(part({"map_key": MAP})) is None
