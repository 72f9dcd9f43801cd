"""A file without its other half is reported once, and the pair that forms after all supersedes the report."""

import json
from typing import Any

import pytest

from depthdrop import aws
from depthdrop.files import Files, pk_of
from depthdrop.halves import Halves
from depthdrop.inbox import Inbox
from depthdrop.messages import DropReleased
from depthdrop.pairing import InboxObject
from depthdrop.settled import ComeBack, Done
from tests.unit.aws import INBOX, Stack
from tests.unit.scripted import NOW, PICTURE, picture, refused
from tests.unit.use_cases.acts import finish

WAIT = 15 * 60
TEXT = b"a watercolour"
CONTENT = {"room.jpg": PICTURE, "hall.jpg": PICTURE, "hall_depth.png": picture("PNG"), "hall.yaml": b"prompt: x"}


def put(stack: Stack, key: str, at: float = NOW - 60) -> None:
    """A file appears and its event is worked off."""
    stack.put(key, CONTENT.get(key, TEXT), at)
    assert len(stack.deliver(key)) == 1


def delete(key: str) -> None:
    aws.s3().delete_object(Bucket=INBOX, Key=key)


def bury(stack: Stack, key: str) -> None:
    """The event of this file could not be worked off."""
    detail = {"bucket": {"name": INBOX}, "object": {"key": key}}
    body = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    aws.sqs().send_message(QueueUrl=stack.names["InboxDeadLetters"], MessageBody=json.dumps(body))


def sweep(stack: Stack, at: float) -> dict[str, int]:
    stack.clock.now = at
    done = stack.sweep().handle().items()
    return {name: count for name, count in done if count and name.startswith("halves")}


def told(stack: Stack, *keys: str) -> str:
    """The halves are put and reported; the last event's id."""
    for key in keys:
        put(stack, key)
    assert sweep(stack, NOW + WAIT) == {"halves_told": len(keys)}
    event_id: str = stack.events()[-1]["id"]
    return event_id


def superseded(stack: Stack) -> list[str | None]:
    return [event["data"].get("supersedes") for event in stack.events()]


def is_open(stack: Stack, key: str) -> bool:
    return "open" in (stack.table.get(pk_of(key)) or {})


@pytest.mark.parametrize(
    ("key", "code", "hint"),
    [("room.jpg", "no_sidecar", "as room.txt or room.jpg.txt"), ("room.txt", "no_image", "Drop room.jpg, .jpeg")],
)
def test_a_half_is_reported_when_its_time_is_over(stack: Stack, key: str, code: str, hint: str) -> None:
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


def test_a_half_is_not_reported_before_its_time(stack: Stack) -> None:
    put(stack, "room.jpg")

    assert sweep(stack, NOW + WAIT - 1) == {}
    assert stack.events() == []


def test_the_time_is_the_owners_to_set(stack: Stack) -> None:
    stack.monkeypatch.setitem(stack.names, "UnpairedMinutes", "2")
    put(stack, "room.jpg")

    assert sweep(stack, NOW + 120) == {"halves_told": 1}


def test_it_is_reported_once_however_often_its_event_comes(stack: Stack) -> None:
    told(stack, "room.jpg")
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


def test_what_stands_beside_a_half_and_was_perhaps_meant_is_named(stack: Stack) -> None:
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


def test_a_picture_with_two_sidecars_is_refused_and_is_no_half(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    stack.put("room.json", b'{"prompt": "x"}')
    stack.deliver("room.txt")

    assert sweep(stack, NOW + 10 * WAIT) == {}
    assert [event["type"] for event in stack.events()] == ["depthdrop.edit.rejected.v1"]


@pytest.mark.parametrize("first", ["room.jpg", "room.txt"])
def test_a_half_that_was_deleted_is_forgotten_in_silence(stack: Stack, first: str) -> None:
    put(stack, first)
    delete(first)

    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    assert stack.events() == []
    assert not is_open(stack, first)


def test_a_half_whose_pair_has_not_been_worked_off_yet_is_left_to_that(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)

    assert sweep(stack, NOW + WAIT) == {"halves_put_off": 1}
    stack.deliver("room.txt")
    assert sweep(stack, NOW + 3 * WAIT) == {}
    assert stack.events() == []


def test_a_half_whose_other_half_came_and_went_unseen_is_reported_after_all(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    sweep(stack, NOW + WAIT)
    delete("room.txt")
    stack.deliver("room.txt")

    assert sweep(stack, NOW + WAIT + 600) == {"halves_told": 1}


@pytest.mark.parametrize("sidecars", [["room.txt"], ["room.txt", "room.json"]], ids=["a pair", "two sidecars"])
def test_a_half_whose_drop_was_recorded_by_a_worker_that_died_then_is_closed(
    stack: Stack, sidecars: list[str]
) -> None:
    put(stack, "room.jpg")
    for sidecar in sidecars:
        stack.put(sidecar, TEXT)
    with stack.monkeypatch.context() as patched:
        patched.setattr(Halves, "pair_up", lambda *_: None)
        stack.deliver("room.txt")

    assert is_open(stack, "room.jpg")
    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    assert not is_open(stack, "room.jpg")


def test_a_half_of_a_drop_whose_dead_letter_was_told_is_closed(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    bury(stack, "room.txt")
    assert sweep(stack, NOW + WAIT) == {"halves_put_off": 1}

    assert sweep(stack, NOW + WAIT + 600) == {"halves_settled": 1}
    assert [event["data"]["error"]["code"] for event in stack.events()] == ["not_worked_off"]


def test_a_half_whose_other_half_nobody_ever_worked_off_is_closed_some_day(stack: Stack) -> None:
    """Its event was lost on the way."""
    put(stack, "room.jpg")
    stack.put("room.txt", TEXT)

    assert sweep(stack, NOW + 16 * 24 * 3600 - 60) == {"halves_put_off": 1}
    assert sweep(stack, NOW + 16 * 24 * 3600 + 3600) == {"halves_settled": 1}


def test_a_replaced_half_waits_its_own_time(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.clock.now = NOW + 600
    put(stack, "room.jpg", NOW + 590)

    assert sweep(stack, NOW + WAIT) == {}
    assert sweep(stack, NOW + 600 + WAIT) == {"halves_told": 1}
    assert len(stack.events()) == 1


def test_a_half_that_is_replaced_after_its_report_is_reported_anew_and_supersedes_it(stack: Stack) -> None:
    first = told(stack, "room.jpg")
    put(stack, "room.jpg", NOW + WAIT)

    assert sweep(stack, NOW + 3 * WAIT) == {"halves_told": 1}
    [event] = stack.events()
    assert (event["id"] != first, event["data"]["supersedes"]) == (True, first)


def test_a_version_that_was_replaced_is_not_reported_though_its_time_is_over(stack: Stack) -> None:
    """The replacement's own event is still on its way; it will note what stands there now."""
    put(stack, "room.jpg")
    stack.put("room.jpg", PICTURE, NOW + 5)

    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}
    assert stack.events() == []
    stack.deliver("room.jpg")
    assert sweep(stack, NOW + 3 * WAIT) == {"halves_told": 1}


def test_a_slow_worker_that_saw_an_older_version_does_not_note_it_over_the_newer(stack: Stack) -> None:
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


def test_a_file_that_is_named_as_a_depth_map_no_more_is_reported_after_all(stack: Stack) -> None:
    put(stack, "hall_depth.png")
    stack.put("hall.yaml", b"prompt: x\ndepth_map: hall_depth.png\n")
    put(stack, "hall.jpg")
    delete("hall.yaml")

    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}


def test_a_file_that_became_a_depth_map_is_not_forgotten_as_a_half_is(stack: Stack) -> None:
    put(stack, "hall_depth.png")
    assert "expires_at" in Files(stack.table).get("hall_depth.png")
    Files(stack.table).name("hall_depth.png", "hall.jpg")

    assert "expires_at" not in Files(stack.table).get("hall_depth.png")


# ---- a pair that forms after the report


@pytest.mark.parametrize("half", ["room.jpg", "room.txt"])
def test_the_edit_of_a_pair_that_forms_after_all_supersedes_the_report(stack: Stack, half: str) -> None:
    unpaired = told(stack, half)
    put(stack, "room.txt" if half == "room.jpg" else "room.jpg", NOW + WAIT)
    finish(stack)

    assert superseded(stack) == [unpaired]
    assert len(stack.upstream.posts) == 1


def test_a_report_is_superseded_by_one_drop_and_not_by_the_next(stack: Stack) -> None:
    told(stack, "room.txt")
    put(stack, "room.jpg", NOW + WAIT)
    finish(stack)
    stack.events()
    put(stack, "room.png")
    stack.put("room.png", PICTURE, NOW + WAIT)
    stack.deliver("room.png")

    assert all("supersedes" not in drop for drop in stack.records("drop") if drop["image_key"] == "room.png")


def test_the_report_of_a_half_that_was_replaced_before_it_paired_is_superseded_too(stack: Stack) -> None:
    unpaired = told(stack, "room.txt")
    stack.put("room.txt", b"an oil painting", NOW + WAIT)
    put(stack, "room.jpg", NOW + WAIT)
    finish(stack)

    assert superseded(stack) == [unpaired]


def test_of_two_reports_the_later_is_superseded(stack: Stack) -> None:
    told(stack, "room.jpg")
    delete("room.jpg")
    put(stack, "room.txt")
    sweep(stack, NOW + 3 * WAIT)
    [later] = stack.events()
    put(stack, "room.jpg", NOW + 3 * WAIT)
    finish(stack)

    assert superseded(stack) == [later["id"]]


def test_the_refusal_of_a_pair_that_forms_after_all_supersedes_the_report(stack: Stack) -> None:
    unpaired = told(stack, "room.jpg")
    stack.put("room.txt", b"", NOW + WAIT)
    stack.deliver("room.txt")

    [event] = stack.events()
    assert (event["type"], event["data"]["supersedes"]) == ("depthdrop.edit.rejected.v1", unpaired)


def test_a_refusal_by_the_upstream_supersedes_the_report(stack: Stack) -> None:
    unpaired = told(stack, "room.jpg")
    stack.upstream.post_answers.append(refused(400))
    put(stack, "room.txt", NOW + WAIT)

    [event] = stack.events()
    assert (event["type"], event["data"]["supersedes"]) == ("depthdrop.edit.rejected.v1", unpaired)


def test_two_sidecars_that_come_to_a_reported_picture_supersede_the_report(stack: Stack) -> None:
    unpaired = told(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    stack.put("room.json", b"{}")
    stack.deliver("room.txt")

    assert superseded(stack) == [unpaired]


def test_a_picture_put_again_with_its_prompt_in_its_metadata_supersedes_the_report(stack: Stack) -> None:
    unpaired = told(stack, "room.jpg")
    aws.s3().put_object(Bucket=INBOX, Key="room.jpg", Body=PICTURE, Metadata={"prompt": "a watercolour"})
    stack.deliver("room.jpg")
    finish(stack)

    assert superseded(stack) == [unpaired]


def test_a_finished_edit_is_told_again_for_a_reported_half_and_supersedes_that_report(stack: Stack) -> None:
    stack.put("room.txt", TEXT, NOW - 90)
    put(stack, "room.jpg", NOW - 90)
    finish(stack)
    [first] = stack.events()
    delete("room.txt")
    unpaired = told(stack, "room.jpg")
    put(stack, "room.txt", NOW + WAIT)

    [again] = stack.events()
    assert (again["id"], again["data"]["supersedes"]) == (first["id"], unpaired)
    assert again["data"]["result"] == first["data"]["result"]
    assert len(stack.upstream.posts) == 1


def test_a_drop_that_was_parked_still_supersedes_the_report(stack: Stack) -> None:
    unpaired = told(stack, "room.jpg")
    stack.upstream.post_answers.append(refused(429))
    put(stack, "room.txt", NOW + WAIT)
    [drop] = stack.records("drop")
    stack.clock.now += 3600
    stack.deliver(DropReleased(drop["drop_id"]))
    finish(stack)

    assert superseded(stack) == [unpaired]


# ---- sweep's round


def test_one_record_that_cannot_be_looked_at_holds_up_no_other_nor_the_round(stack: Stack) -> None:
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        put(stack, key)
    made = stack.sweep().unpaired
    siblings = type(made.inbox).siblings

    def broken(self: Any, prefix: str) -> Any:
        if prefix == "b.":
            raise ConnectionError(prefix)
        return siblings(self, prefix)

    with stack.monkeypatch.context() as patched:
        patched.setattr(type(made.inbox), "siblings", broken)

        assert sweep(stack, NOW + WAIT) == {"halves_told": 2, "halves_broken": 1}
        assert sweep(stack, NOW + WAIT + 599) == {}
    assert sweep(stack, NOW + WAIT + 600) == {"halves_told": 1}
    assert sorted(event["subject"] for event in stack.events()) == ["a.jpg", "b.jpg", "c.jpg"]


def test_a_round_takes_so_many_and_the_next_goes_on(stack: Stack) -> None:
    for number in range(101):
        Files(stack.table).wait(InboxObject(f"{number}.jpg", "e", NOW, 1), NOW + number)

    assert sweep(stack, NOW + WAIT) == {"halves_settled": 100}
    assert sweep(stack, NOW + WAIT) == {"halves_settled": 1}


def test_the_index_may_be_behind_the_record(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.monkeypatch.setattr(Halves, "due", lambda *_: ["room.jpg", "gone.jpg"])

    assert sweep(stack, NOW) == {}
    assert stack.events() == []


def test_reports_are_counted(stack: Stack) -> None:
    put(stack, "room.jpg")
    stack.clock.now = NOW + WAIT
    made = stack.sweep()
    made.metrics.clear_metrics()  # Powertools keeps one set for all that a process makes
    made.handle()

    assert made.metrics.metric_set["unpaired"]["Value"] == [1.0]


def test_a_dead_letter_of_a_sidecar_that_nobody_noted_brings_it_to_its_report(stack: Stack) -> None:
    stack.put("room.txt", TEXT)
    bury(stack, "room.txt")

    assert sweep(stack, NOW + WAIT) == {}
    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}


def test_a_waiting_half_is_not_forgotten_while_it_waits(stack: Stack) -> None:
    stack.monkeypatch.setitem(stack.names, "UnpairedMinutes", "10080")
    put(stack, "room.jpg")
    record = Files(stack.table).get("room.jpg")

    assert record["look_at"] == NOW + 7 * 24 * 3600
    assert record["expires_at"] - record["look_at"] == 400 * 24 * 3600


@pytest.mark.parametrize("removed", ["room.jpg", "room.txt"])
def test_a_half_whose_other_half_is_removed_while_they_are_read_waits_after_all(stack: Stack, removed: str) -> None:
    """Of what was removed no event comes."""
    stack.put("room.jpg", PICTURE)
    stack.put("room.txt", TEXT)
    left = "room.txt" if removed == "room.jpg" else "room.jpg"
    read = Inbox.read

    def removing(self: Inbox, wanted: InboxObject, max_bytes: int) -> bytes:
        delete(removed)
        return read(self, wanted, max_bytes)

    with stack.monkeypatch.context() as patched:
        patched.setattr(Inbox, "read", removing)
        [settled] = stack.deliver(left)
    assert isinstance(settled, ComeBack)
    stack.deliver(left)

    assert sweep(stack, NOW + WAIT) == {"halves_told": 1}
    assert [event["subject"] for event in stack.events()] == [left]


def test_a_half_that_waits_is_acknowledged(stack: Stack) -> None:
    stack.put("room.jpg", PICTURE)

    assert stack.deliver("room.jpg") == [Done("waits for its other half")]
