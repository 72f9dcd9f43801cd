"""status: everything known about an edit or a key, and the stack's status."""

import json

import pytest

from depthdrop_cli.reading.entries import timeline
from tests.support.acts import finish
from tests.support.operator_cloud import Cloud
from tests.support.records import part
from tests.support.scripted import NOW, refused


def test_an_edit_is_shown_with_its_money_moments_and_result(cloud: Cloud) -> None:
    key = cloud.stack.drop()
    cloud.stack.deliver(key)
    finish(cloud.stack)
    edit_id = cloud.stack.edit()["edit_id"]

    [shown] = cloud.json("status", edit_id)["edits"]

    assert (shown["state"], shown["spend"], shown["task_id"]) == (
        "succeeded",
        {"state": "charged", "usd": 0.06},
        "task-1",
    )
    assert shown["result"]["key"] == f"photo-{edit_id[:8]}.jpg"
    whats = [moment["what"] for moment in shown["timeline"]]
    assert whats[0] == "the picture was dropped"
    assert {"claimed", "the paid request went out", "accepted as task task-1, $0.06 charged"} <= set(whats)
    assert {"succeeded", "notified"} <= set(whats)


def test_the_beginning_of_an_id_is_enough_and_people_read_it_too(cloud: Cloud) -> None:
    cloud.stack.deliver(cloud.stack.drop())
    edit_id = cloud.stack.edit()["edit_id"]

    ended = cloud.run("status", edit_id[:8])

    assert ended.exit_code == 0
    assert "photo.jpg: submitted, $0.06 charged" in ended.stdout
    assert edit_id in ended.stdout
    assert "An execution polls its task." in ended.stdout


def test_a_key_leads_to_its_drop_and_edit_by_picture_and_by_sidecar(cloud: Cloud) -> None:
    cloud.stack.deliver(cloud.stack.drop())
    edit_id = cloud.stack.edit()["edit_id"]

    for key in ("photo.jpg", "photo.txt", "s3://depthdrop-inbox/photo.jpg"):
        assert [one["edit_id"] for one in cloud.json("status", key)["edits"]] == [edit_id]


def test_a_parked_drop_is_shown_with_its_reason_and_no_charge(cloud: Cloud) -> None:
    cloud.stack.upstream.post_answers.append(refused(429))
    cloud.stack.deliver(cloud.stack.drop())

    [shown] = cloud.json("status", "photo.jpg")["edits"]

    assert (shown["state"], shown["spend"]["state"]) == ("parked", "none")
    assert shown["parked"]["reason"] == "upstream_busy"
    assert "photo.jpg: parked, nothing charged" in cloud.run("status", "photo.jpg").stdout


def test_a_refused_drop_shows_its_refusal_and_its_receipt(cloud: Cloud) -> None:
    cloud.stack.deliver(cloud.stack.drop(prompt="x" * 10_001))

    shown = cloud.json("status", "photo.jpg")

    assert shown["edits"][0]["state"] == "refused"
    assert shown["edits"][0]["refusal"]["hint"]
    assert shown["receipt"] == "s3://depthdrop-outbox/photo.jpg.rejected.json"


def test_an_unpaired_file_is_shown_as_waiting_until_its_time(cloud: Cloud) -> None:
    cloud.stack.put("alone.txt", b"a watercolour")
    cloud.stack.deliver("alone.txt")

    shown = cloud.json("status", "alone.txt")

    assert shown["inbox"] == [{"is": "alone", "file": "alone.txt"}]
    assert shown["half"]["waits"] is True
    assert "It is unpaired: it waits for its counterpart" in cloud.run("status", "alone.txt").stdout


def test_a_key_that_was_removed_is_found_in_the_records(cloud: Cloud) -> None:
    cloud.stack.deliver(cloud.stack.drop())
    cloud.stack.submit().inbox.s3.delete_object(Bucket="depthdrop-inbox", Key="photo.jpg")

    assert cloud.json("status", "photo.jpg")["edits"][0]["state"] == "submitted"


@pytest.mark.parametrize("what", ["nowhere.jpg", "0" * 64, "01234567"])
def test_an_unknown_edit_or_key_ends_with_code_4_and_a_sentence(cloud: Cloud, what: str) -> None:
    ended = cloud.run("status", what)

    assert ended.exit_code == 4
    assert what in ended.stderr
    assert ended.stdout == ""


def test_another_bucket_is_not_taken_for_the_inbox(cloud: Cloud) -> None:
    ended = cloud.run("status", "s3://elsewhere/photo.jpg")

    assert ended.exit_code == 1
    assert "elsewhere is not the inbox" in ended.stderr


def test_without_a_name_the_whole_stack_is_shown(cloud: Cloud) -> None:
    cloud.stack.deliver(cloud.stack.drop())
    cloud.stack.upstream.post_answers.append(refused(402))
    cloud.stack.deliver(cloud.stack.drop("other", "an etching"))

    shown = cloud.json("status")

    assert shown["states"] == {"submitted": 1, "parked": 1}
    assert shown["parked"] == {"balance_empty": 1}
    assert shown["slots"] == {"taken": 1, "of": 20}
    assert shown["circuit"]["reason"] == "balance_empty"
    assert shown["charged_usd"] == 0.06
    assert "open, balance_empty" in cloud.run("status").stdout


def test_a_name_with_markup_and_controls_is_printed_as_it_is(cloud: Cloud) -> None:
    name = "[red]x\x1b[2J"
    cloud.stack.deliver(cloud.stack.drop(name))

    printed = cloud.run("status", f"{name}.jpg").stdout

    assert "[red]x\\x1b[2J.jpg" in printed
    assert "\x1b[2J" not in printed


def test_a_moment_is_utc(cloud: Cloud) -> None:
    cloud.stack.deliver(cloud.stack.drop(at=NOW))

    [shown] = cloud.json("status", "photo.jpg")["edits"]
    assert shown["timeline"][0]["at"] == "2026-06-10T08:00:00Z"


@pytest.mark.parametrize(
    ("notified_at", "order"), [(1781078420, ["succeeded", "notified"]), (1781078419, ["notified", "succeeded"])]
)
def test_within_one_second_an_edit_ends_before_it_is_notified(notified_at: int, order: list[str]) -> None:
    """The event's time has milliseconds, the record's `told_at` has none."""
    event = {"time": "2026-06-10T08:00:20.500Z", "type": "depthdrop.edit.succeeded.v1"}

    assert [
        what for _, what in timeline(None, part({"event": json.dumps(event), "notified_at": notified_at}))
    ] == order
