"""The pictures that name a file as their depth map, by the drop records of their current versions."""

import pytest

from depthdrop import aws
from depthdrop.drop import identities
from depthdrop.drop.pairing import Pair, UnpairedFile
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.depth_maps import DepthMaps, Naming, depth_map_of, names
from depthdrop.records.files import Files
from tests.support.aws import INBOX, Stack
from tests.support.records import part
from tests.support.scripted import NOW

MAP = "room_depth.png"


@pytest.fixture
def maps(stack: Stack) -> DepthMaps:
    return DepthMaps(Inbox(INBOX, aws.s3()), Files(stack.table), stack.drops)


def pair_of(maps: DepthMaps, key: str) -> Pair:
    [found] = maps.inbox.pairings(key)
    if isinstance(found, UnpairedFile):
        return Pair(found.file, None)
    assert isinstance(found, Pair)
    return found


def recorded(maps: DepthMaps, key: str, **facts: object) -> str:
    """This picture's drop was seen and resolved to these facts; its id."""
    drop_id = identities.drop_id(INBOX, pair_of(maps, key))
    maps.drops.record(drop_id, NOW, part(facts))
    return drop_id


def test_each_picture_that_named_a_map_is_found_with_its_drop(stack: Stack, maps: DepthMaps) -> None:
    for name in ("a.jpg", "a.txt", "b.jpg", "c.jpg", "c.txt", "c.json", "d.jpg", "d.txt"):
        stack.put(name, b"x")
    recorded(maps, "a.jpg", map_key=MAP)
    recorded(maps, "b.jpg", map_key="other.png")

    found = list(maps.namings(["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "d.jpg"]))
    assert found == [
        Naming(pair_of(maps, "a.jpg"), stack.drops.get(identities.drop_id(INBOX, pair_of(maps, "a.jpg")))),
        Naming(pair_of(maps, "b.jpg"), stack.drops.get(identities.drop_id(INBOX, pair_of(maps, "b.jpg")))),
        Naming(pair_of(maps, "d.jpg"), None),
    ]
    assert [one.pair.sidecar is None for one in found] == [False, True, False]
    assert [names(one.drop, MAP) for one in found] == [True, False, False]


def test_one_picture_that_still_names_a_file_makes_a_map_of_it(stack: Stack, maps: DepthMaps) -> None:
    for name in ("a.jpg", "a.txt", "b.jpg", "b.txt"):
        stack.put(name, b"x")
    recorded(maps, "b.jpg", map_key=MAP)
    assert maps.is_depth_map(MAP) is False
    for image in ("a.jpg", "b.jpg"):
        maps.files.name(MAP, image)

    assert maps.is_depth_map(MAP) is True
    stack.put("b.txt", b"another", NOW)
    assert maps.is_depth_map(MAP) is False


def test_a_drop_names_the_one_map_that_it_was_resolved_with() -> None:
    assert names(part({"map_key": MAP}), MAP)
    assert not names(part({"map_key": "other.png"}), MAP)
    assert not names(part({}), MAP)
    assert not names(None, MAP)


def test_a_drops_map_is_the_version_that_it_was_resolved_with(stack: Stack, maps: DepthMaps) -> None:
    stack.put(MAP, b"x")
    found = maps.inbox.version(MAP)
    assert found is not None

    facts = {"map_key": MAP, "map_etag": found.etag, "map_last_modified": found.last_modified, "map_size": 1}
    assert depth_map_of(part(facts)) == found
    assert depth_map_of(part({"map_key": MAP})) is None
