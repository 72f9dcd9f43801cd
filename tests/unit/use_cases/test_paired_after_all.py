"""A pair that forms after one of its files was reported supersedes that report."""

import pytest

from depthdrop import aws
from depthdrop.inbox.message import DropReleased
from tests.support.acts import finish
from tests.support.aws import INBOX, Stack
from tests.support.scripted import NOW, PICTURE, refused
from tests.unit.use_cases.unpaired import TEXT, WAIT, delete, put, report_unpaired, superseded, sweep


@pytest.mark.parametrize("first", ["room.jpg", "room.txt"])
def test_the_edit_of_a_pair_that_forms_after_all_supersedes_the_report(stack: Stack, first: str) -> None:
    unpaired = report_unpaired(stack, first)
    put(stack, "room.txt" if first == "room.jpg" else "room.jpg", NOW + WAIT)
    finish(stack)

    assert superseded(stack) == [unpaired]
    assert len(stack.upstream.posts) == 1


def test_a_report_is_superseded_by_one_drop_and_not_by_the_next(stack: Stack) -> None:
    report_unpaired(stack, "room.txt")
    put(stack, "room.jpg", NOW + WAIT)
    finish(stack)
    stack.events()
    put(stack, "room.png")
    stack.put("room.png", PICTURE, NOW + WAIT)
    stack.deliver("room.png")

    assert all("supersedes" not in drop for drop in stack.records("drop") if drop["image_key"] == "room.png")


def test_the_report_of_an_unpaired_file_that_was_replaced_before_it_paired_is_superseded_too(stack: Stack) -> None:
    unpaired = report_unpaired(stack, "room.txt")
    stack.put("room.txt", b"an oil painting", NOW + WAIT)
    put(stack, "room.jpg", NOW + WAIT)
    finish(stack)

    assert superseded(stack) == [unpaired]


def test_of_two_reports_the_later_is_superseded(stack: Stack) -> None:
    report_unpaired(stack, "room.jpg")
    delete("room.jpg")
    put(stack, "room.txt")
    sweep(stack, NOW + 3 * WAIT)
    [later] = stack.events()
    put(stack, "room.jpg", NOW + 3 * WAIT)
    finish(stack)

    assert superseded(stack) == [later["id"]]


def test_the_refusal_of_a_pair_that_forms_after_all_supersedes_the_report(stack: Stack) -> None:
    unpaired = report_unpaired(stack, "room.jpg")
    stack.put("room.txt", b"", NOW + WAIT)
    stack.deliver("room.txt")

    [event] = stack.events()
    assert (event["type"], event["data"]["supersedes"]) == ("depthdrop.edit.rejected.v1", unpaired)


def test_a_refusal_by_the_upstream_supersedes_the_report(stack: Stack) -> None:
    unpaired = report_unpaired(stack, "room.jpg")
    stack.upstream.post_answers.append(refused(400))
    put(stack, "room.txt", NOW + WAIT)

    [event] = stack.events()
    assert (event["type"], event["data"]["supersedes"]) == ("depthdrop.edit.rejected.v1", unpaired)


def test_two_sidecars_that_come_to_a_reported_picture_supersede_the_report(stack: Stack) -> None:
    unpaired = report_unpaired(stack, "room.jpg")
    stack.put("room.txt", TEXT)
    stack.put("room.json", b"{}")
    stack.deliver("room.txt")

    assert superseded(stack) == [unpaired]


def test_a_picture_put_again_with_its_prompt_in_its_metadata_supersedes_the_report(stack: Stack) -> None:
    unpaired = report_unpaired(stack, "room.jpg")
    aws.s3().put_object(Bucket=INBOX, Key="room.jpg", Body=PICTURE, Metadata={"prompt": "a watercolour"})
    stack.deliver("room.jpg")
    finish(stack)

    assert superseded(stack) == [unpaired]


def test_a_finished_edit_is_published_again_for_a_reported_file_and_supersedes_that_report(stack: Stack) -> None:
    stack.put("room.txt", TEXT, NOW - 90)
    put(stack, "room.jpg", NOW - 90)
    finish(stack)
    [first] = stack.events()
    delete("room.txt")
    unpaired = report_unpaired(stack, "room.jpg")
    put(stack, "room.txt", NOW + WAIT)

    [again] = stack.events()
    assert (again["id"], again["data"]["supersedes"]) == (first["id"], unpaired)
    assert again["data"]["result"] == first["data"]["result"]
    assert len(stack.upstream.posts) == 1


def test_a_drop_that_was_parked_still_supersedes_the_report(stack: Stack) -> None:
    unpaired = report_unpaired(stack, "room.jpg")
    stack.upstream.post_answers.append(refused(429))
    put(stack, "room.txt", NOW + WAIT)
    [drop] = stack.records("drop")
    stack.clock.now += 3600
    stack.deliver(DropReleased(drop["drop_id"]))
    finish(stack)

    assert superseded(stack) == [unpaired]
