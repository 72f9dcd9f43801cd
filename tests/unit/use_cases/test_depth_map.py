"""A depth map of one's own: sent in the picture's place, in any order of events; never a drop nor unpaired."""

import base64
import json

import pytest

from depthdrop.inbox.message import Done, DropReleased
from depthdrop.records.files import Files
from tests.support.acts import finish
from tests.support.aws import Stack
from tests.support.scripted import NOW, PICTURE, picture, refused
from tests.unit.use_cases.mapped import HAS_IT, MAP, WAITS, delete, is_map, put_map, put_pair, waits


def test_the_map_goes_upstream_in_the_pictures_place(stack: Stack) -> None:
    put_map(stack)

    assert stack.deliver(put_pair(stack)) == [Done("submitted")]
    sent = stack.upstream.posted()
    assert "control_image" not in sent
    assert base64.b64decode(sent["preprocessed_image"]).startswith(b"\x89PNG")
    assert "depth_map" not in sent


@pytest.mark.parametrize("folder", ["", "rooms/", "rooms//a b+c é🙂/", "/", "../"])
def test_a_map_that_comes_last_completes_the_drop_and_takes_its_receipt_away(stack: Stack, folder: str) -> None:
    key = put_pair(stack, folder)

    assert stack.deliver(key) == [Done("refused: no_depth_map")]
    assert stack.receipt(key)["message"] == f"There is no {folder}{MAP} in the inbox."
    assert stack.deliver(put_map(stack, folder)) == [Done("submitted")]
    assert stack.outbox() == {}
    assert len(stack.upstream.posts) == 1
    finish(stack)
    assert [event["type"].split(".")[2] for event in stack.events()] == ["rejected", "succeeded"]


def test_a_map_that_comes_first_waits_until_it_is_named(stack: Stack) -> None:
    assert stack.deliver(put_map(stack)) == [WAITS]
    assert (waits(stack), is_map(stack)) == (True, False)
    stack.deliver(put_pair(stack))

    assert is_map(stack)
    assert stack.deliver(MAP) == [HAS_IT]
    assert len(stack.upstream.posts) == 1


def test_a_named_map_is_neither_noted_as_unpaired_nor_recorded_as_a_drop(stack: Stack) -> None:
    put_map(stack)
    stack.deliver(put_pair(stack))

    assert stack.deliver(MAP) == [HAS_IT]
    assert not waits(stack)
    assert len(stack.records("drop")) == 1


@pytest.mark.parametrize("own", ["a sidecar", "two sidecars", "a prompt in its metadata"])
def test_a_named_map_is_no_drop_even_with_a_sidecar_or_a_prompt(stack: Stack, own: str) -> None:
    put_map(stack)
    stack.deliver(put_pair(stack))
    if own == "a prompt in its metadata":
        stack.put(MAP, picture("PNG", shade=7), NOW, prompt="an oil painting")
    else:
        stack.put("room_depth.txt", b"an oil painting")
        if own == "two sidecars":
            stack.put("room_depth.png.txt", b"ink")
    for key in (MAP, "room_depth.txt", MAP):
        stack.deliver(key)

    assert len(stack.upstream.posts) == 1
    assert {drop["image_key"] for drop in stack.records("drop")} == {"room.jpg"}
    assert stack.outbox() == {}


def test_a_replaced_map_is_a_new_edit_and_paid_once(stack: Stack) -> None:
    put_map(stack)
    key = put_pair(stack)
    stack.deliver(key)
    put_map(stack, shade=9, at=NOW)

    assert stack.deliver(MAP) == [Done("submitted")]
    for again in (MAP, key, "room.json", MAP):
        stack.deliver(again)
    assert len(stack.upstream.posts) == len(stack.records("edit")) == 2
    assert stack.upstream.posted(0)["preprocessed_image"] != stack.upstream.posted(1)["preprocessed_image"]


def test_the_same_map_dropped_again_costs_nothing_and_publishes_the_finished_edit_once(stack: Stack) -> None:
    put_map(stack)
    stack.deliver(put_pair(stack))
    finish(stack)
    [first] = stack.events()
    put_map(stack, at=NOW)
    stack.deliver(MAP)
    stack.deliver(MAP)

    assert [event["id"] for event in stack.events()] == [first["id"]]
    assert len(stack.upstream.posts) == 1


def test_a_map_replaced_after_its_drop_was_parked_is_bought_in_its_new_version_alone(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    put_map(stack)
    stack.deliver(put_pair(stack))
    [parked] = stack.records("drop")
    put_map(stack, shade=9, at=NOW)

    assert stack.deliver(MAP) == [Done("submitted")]
    assert stack.deliver(DropReleased(parked["drop_id"])) == [Done("refused: replaced")]
    assert len(stack.upstream.posts) == 2  # the first of them was refused by the upstream


def test_a_parked_drop_is_bought_with_the_map_it_was_resolved_with(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    put_map(stack)
    stack.deliver(put_pair(stack))
    [parked] = stack.records("drop")

    assert stack.deliver(DropReleased(parked["drop_id"])) == [Done("submitted")]
    assert stack.upstream.posted(0) == stack.upstream.posted(1)


def test_a_map_that_a_preset_names_brings_back_every_picture_that_waits_for_it(stack: Stack) -> None:
    stack.put("rooms/_preset.yaml", f"depth_map: {MAP}\n".encode())
    for name in ("one", "two"):
        stack.drop(f"rooms/{name}", prompt=name)
        assert stack.deliver(f"rooms/{name}.jpg") == [Done("refused: no_depth_map")]

    assert stack.deliver(put_map(stack, "rooms/")) == [Done("submitted")] * 2
    assert {stack.upstream.posted(number)["prompt"] for number in (0, 1)} == {"one", "two"}


def test_a_bad_map_is_refused_by_its_name_and_a_good_one_in_its_place_is_taken(stack: Stack) -> None:
    stack.put(MAP, b"no picture")

    assert stack.deliver(put_pair(stack)) == [Done("refused: not_an_image")]
    assert stack.receipt("room.jpg")["message"].startswith(MAP)
    assert stack.deliver(MAP) == [HAS_IT]
    put_map(stack, at=NOW)
    assert stack.deliver(MAP) == [Done("submitted")]
    assert stack.outbox() == {}


def test_a_picture_that_carries_its_prompt_waits_for_the_map_that_a_preset_names(stack: Stack) -> None:
    stack.put("_preset.yaml", f"depth_map: {MAP}\n".encode())
    stack.put("room.jpg", PICTURE, prompt="a watercolour")

    assert stack.deliver("room.jpg") == [Done("refused: no_depth_map")]
    assert stack.deliver(put_map(stack)) == [Done("submitted")]
    assert stack.upstream.posted()["prompt"] == "a watercolour"


@pytest.mark.parametrize("how", ["names it no more", "is deleted", "is deleted with its picture"])
def test_a_file_that_no_sidecar_names_any_more_is_a_picture_like_any_other(stack: Stack, how: str) -> None:
    put_map(stack)
    stack.deliver(put_pair(stack))
    if how == "names it no more":
        stack.put("room.json", b'{"prompt": "ink"}', NOW)
    else:
        delete("room.json")
    if how == "is deleted with its picture":
        delete("room.jpg")
    stack.upstream.posts.clear()

    settled = stack.deliver(MAP)
    assert settled[-1] == WAITS
    assert (waits(stack), is_map(stack)) == (True, False)
    stack.put("room_depth.txt", b"an oil painting")
    assert stack.deliver("room_depth.txt")[-1] == Done("submitted")
    assert stack.upstream.posted(-1)["prompt"] == "an oil painting"


def test_two_pictures_that_name_each_other_lead_to_one_edit_of_the_first(stack: Stack) -> None:
    put_map(stack)
    put_pair(stack)
    stack.put("room_depth.json", b'{"prompt": "ink", "depth_map": "room.jpg"}')
    for key in ("room.jpg", MAP, "room_depth.json", "room.json"):
        stack.deliver(key)

    assert len(stack.upstream.posts) == 1
    assert stack.upstream.posted()["prompt"] == "a watercolour"


def test_two_pictures_that_start_to_name_each_other_at_the_same_moment_both_end(stack: Stack) -> None:
    put_map(stack)
    put_pair(stack)
    stack.put("room_depth.json", b'{"prompt": "ink", "depth_map": "room.jpg"}')
    files = Files(stack.table)
    files.name(MAP, "room.jpg")
    files.name("room.jpg", MAP)

    assert stack.deliver(MAP) == [Done("submitted")]
    assert stack.deliver("room.jpg") == [HAS_IT]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("room.jpg", "is the picture itself"),
        ("depth/room.png", "is not a picture beside the image"),
        ("../room.png", "is not a picture beside the image"),
        ("/room.png", "is not a picture beside the image"),
        ("room.gif", "is not a picture beside the image"),
        ("room", "is not a picture beside the image"),
        ("..", "is not a picture beside the image"),
        (".png", "is not a picture beside the image"),
        ("ü" * 510 + ".png", "is not a picture beside the image"),
        ("_preset.yaml", "is not a picture beside the image"),
    ],
)
def test_a_name_that_can_be_no_map_is_refused(stack: Stack, name: str, said: str) -> None:
    key = put_pair(stack, "rooms/", json.dumps({"prompt": "ink", "depth_map": name}).encode())

    assert stack.deliver(key) == [Done("refused: bad_depth_map")]
    assert said in stack.receipt(key)["message"]
    assert stack.receipt(key)["field"] == "depth_map"
    assert [record["pk"] for record in stack.records("file")] == [f"file#{key}"]
