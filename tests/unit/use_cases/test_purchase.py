"""A pair of files becomes one paid task that is being watched."""

import base64
import dataclasses
import json

import pytest

from depthdrop.inbox.message import Done, NotForUs, ObjectCreated
from depthdrop.records.slots import holder_of
from depthdrop.watch.poll_intervals import first_wait
from tests.support.aws import PLENTY, Stack
from tests.support.scripted import BASE_URL, KEY, NOW, picture

FIRST_WAIT = 60  # the template's default


def test_a_pair_is_paid_once_and_its_task_is_watched(stack: Stack) -> None:
    key = stack.drop()

    assert stack.deliver(key) == [Done("submitted")]
    edit = stack.edit()
    assert len(stack.upstream.posts) == 1
    assert (edit["state"], edit["task_id"], edit["spend_state"]) == ("SUBMITTED", "task-1", "charged")
    assert stack.executions() == {f"{edit['edit_id']}-1": "RUNNING"}


def test_the_execution_knows_all_that_watching_needs(stack: Stack) -> None:
    stack.deliver(stack.drop())
    name = f"{stack.edit()['edit_id']}-1"

    assert stack.execution_input(name) == {
        "schema": 1,
        "edit_id": stack.edit()["edit_id"],
        "attempt": 1,
        "task_id": "task-1",
        "polling_url": f"{BASE_URL}/flux/v1/get_result?id=task-1",
        "submitted_at": NOW,
        "deadline_at": NOW + 3600,
        "latency": {"median": 14.996, "spread": 0.688},
        "wait_seconds": 4,
    }


def test_the_first_wait_is_what_the_model_taught_(stack: Stack) -> None:
    latencies = stack.submit().purchase.latencies
    for _ in range(60):
        latencies.learn("flux-pro-1.0-depth", 50.0)
    stack.deliver(stack.drop())
    [first] = [stack.execution_input(name) for name in stack.executions()]

    assert first["latency"] == latencies.of("flux-pro-1.0-depth").to_state()
    assert first["wait_seconds"] == first_wait(latencies.of("flux-pro-1.0-depth"), FIRST_WAIT) > 10


def test_the_request_is_the_models_with_the_picture_in_base64(stack: Stack) -> None:
    stack.deliver(stack.drop(prompt="a watercolour"))
    request = stack.upstream.posts[0]

    assert str(request.url) == f"{BASE_URL}/flux/v1/flux-pro-1-0-depth"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    body = stack.upstream.posted()
    assert base64.b64decode(body.pop("control_image"), validate=True).startswith(b"\xff\xd8\xff")
    assert body == {
        "prompt": "a watercolour",
        "steps": 50,
        "guidance": 15.0,
        "safety_tolerance": 2,
        "output_format": "jpeg",
        "prompt_upsampling": False,
    }


def test_a_submitted_edit_holds_its_slot_until_after_its_deadline(stack: Stack) -> None:
    stack.deliver(stack.drop())

    [slot] = stack.records("slot")
    assert slot["pk"] == stack.edit()["slot"]
    assert (slot["holder"], slot["lease_until"]) == (
        holder_of(stack.edit()["edit_id"], stack.edit()["token"]),
        NOW + 3600 + 600,
    )


def test_the_second_event_of_the_same_pair_pays_nothing(stack: Stack) -> None:
    stack.drop()
    stack.deliver("photo.jpg")

    assert stack.deliver("photo.txt") == [Done("the edit stands as SUBMITTED")]
    assert len(stack.upstream.posts) == 1


def test_the_sidecar_may_come_first(stack: Stack) -> None:
    stack.drop()

    assert stack.deliver("photo.txt") == [Done("submitted")]
    assert len(stack.upstream.posts) == 1


@pytest.mark.parametrize("name", ["photo.jpg", "photo.txt"])
def test_an_unpaired_file_buys_nothing(stack: Stack, name: str) -> None:
    stack.put(name, b"half")

    assert stack.deliver(name) == [Done("waits for its other half")]
    assert stack.records("drop") == stack.records("edit") == []


def test_an_object_that_was_deleted_meanwhile_buys_nothing(stack: Stack) -> None:
    assert stack.deliver("photo.jpg") == [Done("the object is gone, or is neither picture nor sidecar")]


@pytest.mark.parametrize("message", [ObjectCreated("another-bucket", "photo.jpg"), NotForUs("s3:TestEvent")])
def test_a_message_that_needs_no_action_is_acknowledged(stack: Stack, message: ObjectCreated | NotForUs) -> None:
    stack.drop()

    assert stack.deliver(message) == [Done("nothing for us")]
    assert stack.upstream.posts == []


def test_a_sidecar_without_a_picture_suffix_belongs_to_every_picture_of_its_stem(stack: Stack) -> None:
    stack.drop()
    stack.put("photo.png", picture("PNG"))

    assert stack.deliver("photo.txt") == [Done("submitted"), Done("submitted")]
    assert len({edit["edit_id"] for edit in stack.records("edit")}) == 2


def test_presets_count_from_the_root_down_and_the_sidecar_last(stack: Stack) -> None:
    stack.put("_preset.yaml", b"steps: 20\nguidance: 9\nseed: 1\n")
    stack.put("summer/_preset.json", b'{"guidance": 12, "seed": 2}')
    stack.put("summer/photo.json", b'{"prompt": "a watercolour", "seed": 3}')
    stack.put("summer/photo.jpg", picture())
    stack.deliver("summer/photo.jpg")

    body = stack.upstream.posted()
    assert (body["steps"], body["guidance"], body["seed"]) == (20, 12, 3)
    origins = json.loads(stack.edit()["origins"])
    assert (origins["steps"], origins["guidance"]) == ("_preset.yaml", "summer/_preset.json")


def test_a_preset_below_a_prefix_counts_and_one_above_does_not(stack: Stack) -> None:
    stack.put("_preset.yaml", b"steps: 20\n")
    stack.put("drops/_preset.yaml", b"seed: 5\n")
    stack.drop("drops/photo")
    submit = stack.submit()
    environment = dataclasses.replace(submit.environment, inbox_prefix="drops/")
    submit = dataclasses.replace(submit, arrivals=dataclasses.replace(submit.arrivals, environment=environment))
    list(submit.handle(ObjectCreated("depthdrop-inbox", "drops/photo.jpg"), lambda: PLENTY))

    assert (stack.upstream.posted()["seed"], stack.upstream.posted()["steps"]) == (5, 50)


def test_a_depth_map_is_sent_in_the_pictures_place(stack: Stack) -> None:
    stack.put("photo.json", b'{"prompt": "a watercolour", "depth_map": "map.png"}')
    stack.put("map.png", picture("PNG"))
    stack.put("photo.jpg", picture())
    stack.deliver("photo.jpg")

    body = stack.upstream.posted()
    assert base64.b64decode(body["preprocessed_image"]).startswith(b"\x89PNG")
    assert "control_image" not in body


def test_the_post_leaves_time_to_record_its_answer(stack: Stack) -> None:
    stack.deliver(stack.drop())

    assert stack.upstream.posts[0].extensions["timeout"]["read"] == PLENTY - 15
