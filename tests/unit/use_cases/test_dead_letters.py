"""Dead letters become notices, after a look at the record; nothing is ever sent upstream for them."""

import json
from unittest.mock import patch

import pytest

from depthdrop import aws
from depthdrop.inbox.message import Done
from depthdrop.records.drops import Drops
from depthdrop.use_cases.purchase import Purchase
from tests.support.acts import finish
from tests.support.aws import INBOX, Stack
from tests.support.scripted import NOW, PICTURE, picture, refused


def letter(stack: Stack, body: object, queue: str = "InboxDeadLetters") -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    aws.sqs().send_message(QueueUrl=stack.names[queue], MessageBody=text)


def object_event(key: str) -> dict[str, object]:
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": INBOX}, "object": {"key": key}},
    }


def swept(stack: Stack) -> dict[str, int]:
    return {name: count for name, count in stack.sweep().handle().items() if count}


def letters_left(stack: Stack, queue: str = "InboxDeadLetters") -> int:
    asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = aws.sqs().get_queue_attributes(QueueUrl=stack.names[queue], AttributeNames=asked)["Attributes"]  # type: ignore[arg-type]
    return sum(int(value) for value in attributes.values())


@pytest.mark.parametrize("queue", ["InboxDeadLetters", "InboxRuleDeadLetters"])
def test_a_dead_letter_of_an_unrecorded_drop_is_reported_once_and_stays(stack: Stack, queue: str) -> None:
    letter(stack, object_event(stack.drop()), queue)

    assert swept(stack) == {"letters_told": 1}
    [event] = stack.events()
    assert event["type"] == "depthdrop.edit.rejected.v1"
    assert event["subject"] == "photo.jpg"
    assert event["data"]["error"]["code"] == "not_worked_off"
    assert event["data"]["spend"]["state"] == "none"
    assert letters_left(stack, queue) == 1


def test_the_same_letter_seen_again_is_not_reported_again(stack: Stack) -> None:
    for _ in range(2):
        letter(stack, object_event(stack.drop()))
        swept(stack)

    assert len(stack.events()) == 1


def test_a_letter_whose_drop_was_bought_after_all_is_removed_without_an_event(stack: Stack) -> None:
    stack.deliver(stack.drop())
    finish(stack)
    stack.events()
    letter(stack, object_event("photo.jpg"))

    assert swept(stack) == {"letters_settled": 1}
    assert (stack.events(), letters_left(stack)) == ([], 0)


def test_a_letter_whose_drop_is_parked_is_removed_because_sweep_sends_it_again(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")
    letter(
        stack,
        {"source": "depthdrop", "detail-type": "Parked Drop Released", "detail": {"drop_id": drop["drop_id"]}},
    )

    assert swept(stack) == {"letters_settled": 1}


def test_a_letter_whose_claim_never_led_to_a_post_is_reported(stack: Stack) -> None:
    stack.deliver(stack.drop())
    stack.table.update(stack.edit()["pk"], {"state": "RELEASED", "look_at": NOW + 9999}, "attribute_exists(pk)")
    letter(stack, object_event("photo.jpg"))

    assert swept(stack) == {"letters_told": 1}


@pytest.mark.parametrize("state", ["POSTING", "SUBMITTED", "AMBIGUOUS", "SUCCEEDED", "FAILED"])
def test_a_letter_whose_edit_may_have_been_charged_is_never_called_uncharged(stack: Stack, state: str) -> None:
    stack.deliver(stack.drop())
    stack.table.update(stack.edit()["pk"], {"state": state, "look_at": NOW + 9999}, "attribute_exists(pk)")
    letter(stack, object_event("photo.jpg"))

    assert swept(stack) == {"letters_settled": 1}
    assert stack.events() == []


@pytest.mark.parametrize("body", ["no json", "[]", '{"Records": [{}]}'])
def test_a_letter_that_cannot_be_read_stays_for_a_person_and_holds_up_no_other(stack: Stack, body: str) -> None:
    letter(stack, body)
    letter(stack, object_event(stack.drop()))

    assert swept(stack) == {"letters_told": 1, "letters_unreadable": 1}
    assert letters_left(stack) == 2


def test_a_letter_of_an_object_that_is_gone_is_removed(stack: Stack) -> None:
    letter(stack, object_event("gone.jpg"))

    assert swept(stack) == {"letters_settled": 1}
    assert stack.upstream.posts == []


def test_a_letter_of_a_picture_with_two_sidecars_that_was_not_refused_yet_is_reported(stack: Stack) -> None:
    stack.put("photo.yaml", b"prompt: ink")
    letter(stack, object_event(stack.drop()))

    assert swept(stack) == {"letters_told": 1}
    [event] = stack.events()
    assert (event["subject"], "sidecar" in event["data"]) == ("photo.jpg", False)


def test_a_letter_of_a_picture_with_two_sidecars_that_was_refused_is_removed(stack: Stack) -> None:
    stack.put("photo.yaml", b"prompt: ink")
    stack.deliver(stack.drop())
    stack.events()
    letter(stack, object_event("photo.jpg"))

    assert swept(stack) == {"letters_settled": 1}
    assert stack.events() == []


def test_a_letter_of_a_picture_that_may_carry_its_prompt_is_reported(stack: Stack) -> None:
    stack.put("photo.jpg", PICTURE, prompt="ink")
    letter(stack, object_event("photo.jpg"))

    assert swept(stack) == {"letters_told": 1}
    assert [event["subject"] for event in stack.events()] == ["photo.jpg"]


@pytest.mark.parametrize("prompt", ["ink", None])
def test_a_letter_of_an_unpaired_picture_that_was_processed_is_removed(stack: Stack, prompt: str | None) -> None:
    stack.put("photo.jpg", PICTURE, prompt=prompt)
    stack.deliver("photo.jpg")
    letter(stack, object_event("photo.jpg"))

    assert swept(stack) == {"letters_settled": 1}


def test_a_letter_of_an_unpaired_sidecar_is_removed(stack: Stack) -> None:
    stack.put("photo.txt", b"ink")
    letter(stack, object_event("photo.txt"))

    assert swept(stack) == {"letters_settled": 1}


def test_a_letter_of_a_depth_map_is_reported_for_the_pictures_that_never_got_it(stack: Stack) -> None:
    stack.put("photo.jpg", PICTURE)
    stack.put("photo.json", b'{"prompt": "ink", "depth_map": "map.png"}')
    stack.deliver("photo.jpg")
    stack.events()
    stack.put("map.png", picture("PNG"))
    letter(stack, object_event("map.png"))

    assert swept(stack) == {"letters_told": 1}
    [event] = stack.events()
    assert (event["subject"], event["data"]["error"]["code"]) == ("photo.jpg", "not_worked_off")
    assert stack.deliver("map.png") == [Done("submitted")]
    letter(stack, object_event("map.png"))
    stack.clock.now += 120
    assert "letters_settled" in swept(stack)


def test_a_letter_of_a_depth_map_that_its_picture_has_is_removed(stack: Stack) -> None:
    stack.put("photo.jpg", PICTURE)
    stack.put("photo.json", b'{"prompt": "ink", "depth_map": "map.png"}')
    stack.put("map.png", picture("PNG"))
    stack.deliver("photo.jpg")
    letter(stack, object_event("map.png"))

    assert swept(stack) == {"letters_settled": 1}
    assert stack.events() == []


def test_a_letter_of_a_former_depth_map_is_reported_as_a_picture(stack: Stack) -> None:
    stack.put("photo.jpg", PICTURE)
    stack.put("photo.json", b'{"prompt": "ink", "depth_map": "map.png"}')
    stack.put("map.png", picture("PNG"))
    stack.deliver("photo.jpg")
    stack.put("photo.json", b'{"prompt": "ink"}', NOW)
    stack.deliver("photo.json")
    stack.put("map.txt", b"oil")
    letter(stack, object_event("map.png"))

    assert swept(stack) == {"letters_told": 1}
    assert [event["subject"] for event in stack.events()] == ["map.png"]


def dead_letter_event_id(stack: Stack, *, recorded: bool) -> str:
    """The id of the event about a drop's dead letter, before the letter is redriven."""
    stack.drop()
    if recorded:
        with patch.object(Purchase, "buy", side_effect=RuntimeError), pytest.raises(RuntimeError):
            stack.deliver("photo.jpg")
    letter(stack, object_event("photo.jpg"))
    swept(stack)
    [event] = stack.events()
    assert event["data"]["error"]["code"] == "not_worked_off"
    event_id: str = event["id"]
    return event_id


@pytest.mark.parametrize("recorded", [True, False])
def test_the_success_after_a_redriven_letter_supersedes_the_letters_event(stack: Stack, *, recorded: bool) -> None:
    first = dead_letter_event_id(stack, recorded=recorded)
    stack.deliver("photo.jpg")
    finish(stack)

    [event] = stack.events()
    assert (event["type"], event["data"]["supersedes"]) == ("depthdrop.edit.succeeded.v1", first)


@pytest.mark.parametrize("recorded", [True, False])
def test_a_refusal_of_a_letter_that_was_redriven_is_an_event_of_its_own(stack: Stack, *, recorded: bool) -> None:
    first = dead_letter_event_id(stack, recorded=recorded)
    stack.upstream.post_answers.append(refused(400, "no such size"))
    stack.deliver("photo.jpg")

    [event] = stack.events()
    assert (event["type"], event["data"]["supersedes"]) == ("depthdrop.edit.rejected.v1", first)
    assert event["id"] != first


def test_only_the_next_drop_of_a_picture_supersedes_the_event_of_its_letter(stack: Stack) -> None:
    first = dead_letter_event_id(stack, recorded=False)
    stack.deliver("photo.jpg")
    finish(stack)
    for name in stack.executions():
        stack.close_execution(name)
    stack.put("photo.txt", b"in oil", NOW + 5)
    stack.deliver("photo.txt")
    finish(stack)

    assert [event["data"].get("supersedes") for event in stack.events()] == [first, None]


def test_a_letter_reported_again_after_a_crash_does_not_supersede_itself(stack: Stack) -> None:
    with patch.object(Drops, "mark_dead_letter_reported", side_effect=RuntimeError), pytest.raises(RuntimeError):
        dead_letter_event_id(stack, recorded=True)
    [first] = stack.events()
    letter(stack, object_event("photo.jpg"))
    swept(stack)

    assert [event["id"] for event in stack.events()] == [first["id"]]
    assert "supersedes" not in first["data"]


def test_a_picture_that_is_a_drops_depth_map_stays_one_when_its_letter_is_reported(
    stack: Stack,
) -> None:
    stack.table.put({"pk": "file#photo.jpg", "named_by": ["other.jpg"]}, "attribute_not_exists(pk)")
    first = dead_letter_event_id(stack, recorded=False)
    record = stack.table.get("file#photo.jpg")

    assert record is not None
    assert (record["named_by"], record["told"], "expires_at" in record) == (["other.jpg"], first, False)


@pytest.mark.parametrize("reported", ["photo.jpg", "photo.txt"])
def test_the_event_of_a_drops_letter_supersedes_the_report_of_its_unpaired_file(
    stack: Stack, reported: str
) -> None:
    stack.table.put({"pk": f"file#{reported}", "told": "report", "told_at": NOW}, "attribute_not_exists(pk)")
    stack.drop()
    letter(stack, object_event("photo.jpg"))
    swept(stack)
    [event] = stack.events()
    record = stack.table.get("file#photo.jpg")

    assert record is not None
    assert (event["data"]["supersedes"], record["told"]) == ("report", event["id"])
