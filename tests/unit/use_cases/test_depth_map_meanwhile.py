"""A depth map and its drop change at the same moment: nothing is lost, and nothing is bought that is unclear."""

from collections.abc import Callable

import pytest

from depthdrop.drop.pairing import InboxObject
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.message import ComeBack, Done
from tests.support.aws import Stack
from tests.support.scripted import NOW
from tests.unit.use_cases.mapped import HAS_IT, MAP, SIDECAR, delete, put_map, put_pair


def while_it_is_looked_for(stack: Stack, meanwhile: Callable[[], object]) -> list[object]:
    """Something happens once, between the look for the map and its consequence; returns what it came to."""
    version = Inbox.version
    came_to: list[object] = []

    def looked(inbox: Inbox, key: str) -> InboxObject | None:
        found = version(inbox, key)
        stack.monkeypatch.setattr(Inbox, "version", version)
        came_to.append(meanwhile())
        return found

    stack.monkeypatch.setattr(Inbox, "version", looked)
    return came_to


def test_a_map_that_comes_while_its_drop_is_being_refused_is_not_lost(stack: Stack) -> None:
    """Its event finds itself named, because the drop names it before it looks for it."""
    key = put_pair(stack)
    came_to = while_it_is_looked_for(stack, lambda: stack.deliver(put_map(stack)))

    assert stack.deliver(key) == [Done("the edit stands as SUBMITTED")]
    assert came_to == [[Done("submitted"), HAS_IT]]
    assert stack.outbox() == {}
    assert len(stack.upstream.posts) == 1


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_a_map_that_changes_while_it_is_read_spends_nothing_and_is_looked_at_again(stack: Stack, how: str) -> None:
    put_map(stack)
    key = put_pair(stack)
    while_it_is_looked_for(stack, lambda: delete(MAP) if how == "deleted" else put_map(stack, shade=9, at=NOW))

    assert stack.deliver(key) == [ComeBack(5, "a file of this drop was replaced or removed at this moment")]
    assert (stack.records("drop"), stack.upstream.posts) == ([], [])
    expected = "refused: no_depth_map" if how == "deleted" else "submitted"
    assert stack.deliver(key) == [Done(expected)]


def test_a_drop_whose_settings_name_another_map_now_is_not_bought_again_for_the_old_one(stack: Stack) -> None:
    stack.put("_preset.yaml", f"depth_map: {MAP}\n".encode())
    put_map(stack)
    stack.deliver(stack.drop("room"))
    stack.put("_preset.yaml", b"depth_map: other.png\n", NOW)
    put_map(stack, shade=9, at=NOW)

    assert stack.deliver(MAP) == [Done("the settings name this depth map no more")]
    assert len(stack.upstream.posts) == 1


def test_a_new_map_below_a_preset_that_is_broken_now_is_refused_and_not_overlooked(stack: Stack) -> None:
    put_map(stack)
    stack.deliver(put_pair(stack))
    stack.put("_preset.yaml", b"steps: [1", NOW)
    put_map(stack, shade=9, at=NOW)

    assert stack.deliver(MAP) == [Done("refused: sidecar_not_yaml")]
    assert stack.receipt("room.jpg")["message"].startswith("_preset.yaml ")


@pytest.mark.parametrize("what", ["the preset", "the sidecar"])
def test_while_it_is_unclear_whether_a_picture_is_a_map_nothing_is_bought_for_it(stack: Stack, what: str) -> None:
    """Its picture was dropped anew, and what says whether it is still named changes at this moment."""
    put_map(stack)
    stack.deliver(put_pair(stack))
    changing, content = ("_preset.yaml", b"steps: 30")
    if what == "the sidecar":
        changing, content = ("room.json", SIDECAR.replace(b"colour", b"color"))
    stack.put("_preset.yaml", b"steps: 20")
    stack.put("room.json", SIDECAR, NOW)
    stack.put("room_depth.txt", b"an oil painting")
    read = Inbox.read

    def meanwhile(inbox: Inbox, wanted: InboxObject, max_bytes: int) -> bytes:
        if wanted.key == changing:
            stack.monkeypatch.setattr(Inbox, "read", read)
            stack.put(changing, content, NOW + 1)
        return read(inbox, wanted, max_bytes)

    stack.monkeypatch.setattr(Inbox, "read", meanwhile)

    assert stack.deliver("room_depth.txt") == [
        ComeBack(5, "a file of this drop was replaced or removed at this moment")
    ]
    assert len(stack.upstream.posts) == 1
    stack.deliver("room_depth.txt")
    assert {drop["image_key"] for drop in stack.records("drop")} == {"room.jpg"}
