"""A file without its counterpart is reported, once."""

import pytest

from depthdrop.drop.pairing import InboxObject
from depthdrop.records.files import Files
from tests.support.acts import finish
from tests.support.aws import Stack
from tests.support.scripted import NOW, PICTURE
from tests.unit.use_cases.unpaired import TEXT, WAIT, bury, delete, is_open, put, report_unpaired, superseded, sweep


@pytest.mark.parametrize(
    ("key", "code", "hint"),
    [("room.jpg", "no_sidecar", "as room.txt or room.jpg.txt"), ("room.txt", "no_image", "Drop room.jpg, .jpeg")],
)
def test_an_unpaired_file_is_reported_when_its_time_is_over(stack: Stack, key: str, code: str, hint: str) -> None:
    put(stack, f"trip/{key}")

    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}
    [event] = stack.events()
    assert (event["type"], event["subject"]) == ("depthdrop.drop.unpaired.v1", f"trip/{key}")
    assert event["data"]["source"]["key"] == f"trip/{key}"
    assert event["data"]["source"]["etag"]
    assert event["data"]["spend"] == {"state": "none", "usd": 0.0}
    assert event["data"]["error"]["code"] == code
    assert hint in event["data"]["error"]["hint"]
    assert "supersedes" not in event["data"]


def test_consumers_can_filter_the_report_as_any_event(stack: Stack) -> None:
    put(stack, "trip/room.jpg")
    sweep(stack, NOW + WAIT)

    [envelope] = stack.envelopes()
    assert envelope["Subject"] == "depthdrop: unpaired: room.jpg"
    assert {name: one["Value"] for name, one in envelope["MessageAttributes"].items()} == {
        "type": "depthdrop.drop.unpaired.v1",
        "status": "unpaired",
        "model": "-",
        "folder": "trip",
    }


def test_an_unpaired_file_is_not_reported_before_its_time(stack: Stack) -> None:
    put(stack, "room.jpg")

    assert sweep(stack, NOW + WAIT - 1) == {}
    assert stack.events() == []


def test_the_time_is_the_owners_to_set(stack: Stack) -> None:
    stack.monkeypatch.setitem(stack.names, "UnpairedMinutes", "2")
    put(stack, "room.jpg")

    assert sweep(stack, NOW + 120) == {"halves_told": 1}


def test_an_unpaired_file_is_reported_once_however_often_its_event_comes(stack: Stack) -> None:
    report_unpaired(stack, "room.jpg")
    stack.deliver("room.jpg")

    assert sweep(stack, NOW + 10 * WAIT) == {}
    assert stack.events() == []


def test_an_event_that_comes_again_does_not_put_the_report_off(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.clock.now = NOW + WAIT - 1
    stack.deliver("room.jpg")

    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}


@pytest.mark.parametrize("key", [".DS_Store", "room.pdf", "room.gif", "room/", "_preset.yaml", "room"])
def test_what_is_neither_picture_nor_sidecar_is_never_reported(stack: Stack, key: str) -> None:
    put(stack, key)

    assert sweep(stack, NOW + 10 * WAIT) == {}
    assert stack.records("file") == []


def test_a_file_beside_an_unpaired_one_that_was_perhaps_meant_is_named(stack: Stack) -> None:
    stack.put("room.tga", b"x", NOW - 60)
    put(stack, "room.txt")
    sweep(stack, NOW + WAIT)

    [event] = stack.events()
    assert "room.tga cannot be edited: save it as JPEG, PNG or WebP." in event["data"]["error"]["hint"]


@pytest.mark.parametrize("first", ["room.jpg", "room.txt"])
def test_a_pair_that_forms_in_time_is_never_reported(stack: Stack, first: str) -> None:
    put(stack, first)
    put(stack, "room.txt" if first == "room.jpg" else "room.jpg")

    assert not is_open(stack, first)
    assert sweep(stack, NOW + 10 * WAIT) == {}
    finish(stack)
    assert superseded(stack) == [None]


def test_a_picture_with_two_sidecars_is_refused_and_is_not_unpaired(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    stack.put("room.json", b'{"prompt": "x"}')
    stack.deliver("room.txt")

    assert sweep(stack, NOW + 10 * WAIT) == {}
    assert [event["type"] for event in stack.events()] == ["depthdrop.edit.rejected.v1"]


@pytest.mark.parametrize("first", ["room.jpg", "room.txt"])
def test_an_unpaired_file_that_was_deleted_is_not_reported(stack: Stack, first: str) -> None:
    put(stack, first)
    delete(first)

    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    assert stack.events() == []
    assert not is_open(stack, first)


def test_a_file_whose_pair_has_not_been_processed_yet_is_not_reported(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)

    assert sweep(stack, NOW + WAIT) == {"halves_put_off": 1}
    stack.deliver("room.txt")
    assert sweep(stack, NOW + 3 * WAIT) == {}
    assert stack.events() == []


def test_a_file_whose_counterpart_came_and_went_unseen_is_reported_after_all(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    sweep(stack, NOW + WAIT)
    delete("room.txt")
    stack.deliver("room.txt")

    assert sweep(stack, NOW + WAIT + 600) == {"halves_told": 1}


@pytest.mark.parametrize("sidecars", [["room.txt"], ["room.txt", "room.json"]], ids=["a pair", "two sidecars"])
def test_a_file_whose_drop_was_recorded_by_a_worker_that_then_died_is_closed(
    stack: Stack, sidecars: list[str]
) -> None:
    put(stack, "room.jpg")
    for sidecar in sidecars:
        stack.put(sidecar, TEXT)
    with stack.monkeypatch.context() as patched:
        patched.setattr(Files, "pair_up", lambda *_: None)
        stack.deliver("room.txt")

    assert is_open(stack, "room.jpg")
    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    assert not is_open(stack, "room.jpg")


def test_a_file_of_a_drop_whose_dead_letter_was_reported_is_closed(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    bury(stack, "room.txt")
    assert sweep(stack, NOW + WAIT) == {"halves_put_off": 1}

    assert sweep(stack, NOW + WAIT + 600) == {"halves_settled": 1}
    assert [event["data"]["error"]["code"] for event in stack.events()] == ["not_worked_off"]


def test_a_file_whose_counterpart_was_never_processed_is_closed_after_sixteen_days(stack: Stack) -> None:
    """The counterpart's event was lost."""
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)

    assert sweep(stack, NOW + 16 * 24 * 3600 - 60) == {"halves_put_off": 1}
    assert sweep(stack, NOW + 16 * 24 * 3600 + 3600) == {"halves_settled": 1}


def test_a_replaced_unpaired_file_waits_its_own_time(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.clock.now = NOW + 600
    put(stack, "room.jpg", NOW + 590)

    assert sweep(stack, NOW + WAIT) == {}
    assert sweep(stack, NOW + 600 + WAIT) == {"halves_told": 1}
    assert len(stack.events()) == 1


def test_an_unpaired_file_replaced_after_its_report_is_reported_again_and_supersedes_it(stack: Stack) -> None:
    first = report_unpaired(stack, "room.jpg")
    put(stack, "room.jpg", NOW + WAIT)

    assert sweep(stack, NOW + 3 * WAIT) == {"halves_told": 1}
    [event] = stack.events()
    assert (event["id"] != first, event["data"]["supersedes"]) == (True, first)


def test_a_version_that_was_replaced_is_not_reported_though_its_time_is_over(stack: Stack) -> None:
    """The replacement's own event is still on its way; it will note the current version."""
    put(stack, "room.jpg")
    stack.put("room.jpg", PICTURE, NOW + 5)

    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    assert stack.events() == []
    stack.deliver("room.jpg")
    assert sweep(stack, NOW + 3 * WAIT) == {"halves_told": 1}


def test_a_slow_worker_does_not_overwrite_the_note_of_a_newer_version(stack: Stack) -> None:
    files = Files(stack.table)
    old, new = InboxObject("room.jpg", "a", NOW - 9, 5), InboxObject("room.jpg", "b", NOW - 8, 5)
    files.wait(new, NOW + WAIT)
    files.wait(old, NOW + 2 * WAIT)

    assert files.get("room.jpg")["half"] == f"b {NOW - 8}"
    files.wait(InboxObject("room.jpg", "c", NOW - 8, 5), NOW + WAIT)
    assert files.get("room.jpg")["half"] == f"c {NOW - 8}"


def test_a_file_that_was_named_as_a_depth_map_meanwhile_is_not_reported(stack: Stack) -> None:
    put(stack, "hall_depth.png")
    stack.put("hall.yaml", b"prompt: x\ndepth_map: hall_depth.png\n")
    put(stack, "hall.jpg")

    assert is_open(stack, "hall_depth.png")
    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    finish(stack)
    assert [event["type"] for event in stack.events()] == ["depthdrop.edit.succeeded.v1"]


def test_a_file_that_is_no_longer_named_as_a_depth_map_is_reported_after_all(stack: Stack) -> None:
    put(stack, "hall_depth.png")
    stack.put("hall.yaml", b"prompt: x\ndepth_map: hall_depth.png\n")
    put(stack, "hall.jpg")
    delete("hall.yaml")

    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}


def test_the_record_of_a_file_that_became_a_depth_map_does_not_expire(stack: Stack) -> None:
    put(stack, "hall_depth.png")
    assert "expires_at" in Files(stack.table).get("hall_depth.png")
    Files(stack.table).name("hall_depth.png", "hall.jpg")

    assert "expires_at" not in Files(stack.table).get("hall_depth.png")
