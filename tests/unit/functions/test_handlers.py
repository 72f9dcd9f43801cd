"""Every handler, cold, on the events in events/: what it returns is what its caller expects."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from depthdrop import aws
from depthdrop.environment import MissingSettingError
from depthdrop.records.types import EditRecord
from depthdrop.use_cases.download_and_store import UnfetchedError
from tests.support.aws import Stack
from tests.support.scripted import LINK, status
from tests.support.template_names import template
from tests.unit.functions.lambdas import ROOT, Context, call, load, poll_within_reach, sample

PHOTO = "summer/café + garden"
CONTINUES: dict[str, list[object]] = {"batchItemFailures": []}


@pytest.fixture
def paid(stack: Stack) -> Stack:
    """An edit that goes by the name in the sample events."""
    stack.deliver(stack.drop(PHOTO))
    edit, polled = stack.edit(), sample("poll")
    stack.table.put(
        {**edit, "pk": f"edit#{polled['edit_id']}", "edit_id": polled["edit_id"], "task_id": polled["task_id"]},
        "attribute_not_exists(pk)",
    )
    return stack


def ended(stack: Stack) -> EditRecord:
    found = stack.edits.get(sample("poll")["edit_id"])
    assert found is not None
    return found


@pytest.mark.parametrize("event", ["submit_eventbridge", "submit_s3_notification"])
def test_submit_buys_what_an_object_event_of_either_form_names(stack: Stack, event: str) -> None:
    stack.drop(PHOTO)

    assert call(stack, "submit", sample(event)) == CONTINUES
    assert stack.edit()["image_key"] == f"{PHOTO}.jpg"
    assert len(stack.upstream.posts) == 1


def test_submit_buys_a_parked_drop_that_is_released(stack: Stack) -> None:
    stack.deliver(stack.drop(PHOTO))
    [drop], edit = stack.records("drop"), stack.edit()
    stack.table.delete(edit["pk"], "attribute_exists(pk)")
    event = sample("submit_parked_drop")
    drop_id = json.loads(event["Records"][0]["body"])["detail"]["drop_id"]
    stack.table.put(
        {**drop, "pk": f"drop#{drop_id}", "drop_id": drop_id, "parked": "no_slot"},
        "attribute_not_exists(pk)",
    )

    assert call(stack, "submit", event) == CONTINUES
    assert stack.edit()["drop_id"] == drop_id


def test_submit_sends_back_a_message_whose_edit_another_worker_has(stack: Stack) -> None:
    stack.deliver(stack.drop(PHOTO))
    stack.table.update(
        stack.edit()["pk"], {"state": "CLAIMED", "lease_until": 99_999_999_999}, "attribute_exists(pk)"
    )
    event = sample("submit_eventbridge")
    queue = stack.names["InboxQueue"]
    aws.sqs().send_message(QueueUrl=queue, MessageBody=event["Records"][0]["body"])
    [message] = aws.sqs().receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"]
    event["Records"][0] |= {"messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"]}

    assert call(stack, "submit", event) == {"batchItemFailures": [{"itemIdentifier": message["MessageId"]}]}
    assert "Messages" not in aws.sqs().receive_message(QueueUrl=queue)
    assert len(stack.upstream.posts) == 1


@pytest.mark.parametrize("body", ["no json", "[]", '{"Records": [{}]}'])
def test_submit_fails_on_a_message_that_cannot_be_read(stack: Stack, body: str) -> None:
    event = sample("submit_eventbridge")
    event["Records"][0]["body"] = body

    with pytest.raises(ValueError, match="The message"):
        load(stack, "submit").handler(event, Context("submit"))


def test_submit_acknowledges_s3s_test_event_without_a_warning(stack: Stack) -> None:
    event = sample("submit_eventbridge")
    event["Records"][0]["body"] = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})

    assert call(stack, "submit", event) == CONTINUES


def test_poll_returns_an_outcome_for_the_workflow(stack: Stack) -> None:
    outcome = call(stack, "poll", sample("poll"))

    assert outcome == {
        "status": "ready",
        "sample": LINK,
        "seed": 7,
        "duration_seconds": 7.2,
        "took_seconds": outcome["took_seconds"],
    }
    assert stack.upstream.polls[0].url.params["id"] == sample("poll")["task_id"]


def test_poll_returns_a_failure_as_data(stack: Stack) -> None:
    stack.upstream.poll_answers.append(status("Content Moderated"))

    assert call(stack, "poll", sample("poll"))["status"] == "failed"


def test_poll_hands_back_in_time_what_is_pending(stack: Stack) -> None:
    stack.upstream.poll_answers.append(status("Pending"))
    event = {**sample("poll"), "submitted_at": 99_999_999_990, "deadline_at": 99_999_999_999}
    outcome = load(stack, "poll").handler(event, Context("poll", seconds=3.05))

    assert outcome == {"status": "pending", "wait_seconds": 4}
    assert type(outcome["wait_seconds"]) is int


@pytest.mark.parametrize(
    ("event", "state", "kind"),
    [
        ("finalize_ready", "SUCCEEDED", "succeeded"),
        ("finalize_failed", "FAILED", "failed"),
        ("finalize_expired", "FAILED", "failed"),
    ],
)
def test_finalize_ends_an_edit(paid: Stack, event: str, state: str, kind: str) -> None:
    assert call(paid, "finalize", sample(event)) == {"status": "done"}
    assert ended(paid)["state"] == state
    assert [event["type"] for event in paid.events()] == [f"depthdrop.edit.{kind}.v1"]


def test_finalize_has_poll_fetch_a_fresh_link(paid: Stack) -> None:
    """Both are loaded as Lambda would, with Lambda itself between them in memory."""
    paid.upstream.download_answers.append(httpx.ReadTimeout("slow"))
    asked = poll_within_reach(paid)

    answer = call(paid, "finalize", sample("finalize_ready"))

    assert answer == {"status": "done"}
    assert asked == [paid.names["PollFunction"]]
    assert (ended(paid)["state"], len(paid.upstream.polls)) == ("SUCCEEDED", 1)


def test_finalize_knows_how_much_time_is_left(paid: Stack) -> None:
    paid.upstream.download_answers.append(httpx.ReadTimeout("slow"))

    with pytest.raises(UnfetchedError, match="no time is left"):
        load(paid, "finalize").handler(sample("finalize_ready"), Context("finalize", seconds=200))


def test_finalize_repeats_an_end_without_a_warning(paid: Stack) -> None:
    call(paid, "finalize", sample("finalize_failed"))

    assert call(paid, "finalize", sample("finalize_failed")) == {"status": "done"}


def test_sweep_returns_what_it_did(stack: Stack) -> None:
    stack.deliver(stack.drop(PHOTO))
    stack.close_execution(f"{stack.edit()['edit_id']}-1")

    assert call(stack, "sweep", sample("sweep")) == {
        "executions_started": 1,
        "budget_notices_repeated": 0,
        "let_go_on": 0,
        "parked_released": 0,
    }


@pytest.mark.parametrize("name", ["submit", "poll", "finalize", "sweep"])
def test_a_missing_variable_stops_a_function_at_its_start_with_its_name(stack: Stack, name: str) -> None:
    resource = template()["Resources"][f"{name.capitalize()}Function"]
    variables: list[str] = list(resource["Properties"]["Environment"]["Variables"])
    stack.monkeypatch.setattr(type(stack), "variables", _all_but(type(stack).variables, variables[-1]))

    with pytest.raises(MissingSettingError, match=variables[-1]):
        load(stack, name)


def test_every_event_file_is_used_here() -> None:
    text = Path(__file__).read_text()

    assert [path.stem for path in (ROOT / "events").glob("*.json") if f'"{path.stem}"' not in text] == []


def _all_but(variables: Any, missing: str) -> Any:
    def set_them(stack: Stack, function: str) -> None:
        variables(stack, function)
        stack.monkeypatch.delenv(missing)

    return set_them
