"""A paid task survives any failure after its POST: its id is in the record or in the execution."""

from unittest.mock import patch

import pytest
from botocore.exceptions import ConnectionClosedError

from depthdrop.inbox.message import Done
from tests.support.acts import finish
from tests.support.aws import Stack

LOST = ConnectionClosedError(endpoint_url="https://aws")


def test_a_task_that_cannot_be_recorded_is_watched_nevertheless_and_its_record_repaired(stack: Stack) -> None:
    key = stack.drop()
    with patch.object(type(stack.edits), "accepted", side_effect=LOST), pytest.raises(ConnectionClosedError):
        stack.deliver(key)
    edit_id = stack.edit()["edit_id"]
    assert (stack.edit()["state"], "task_id" in stack.edit()) == ("POSTING", False)
    assert stack.execution_input(f"{edit_id}-1")["task_id"] == "task-1"
    finish(stack)

    assert (stack.edit()["state"], stack.edit()["task_id"]) == ("SUCCEEDED", "task-1")
    assert stack.records("slot") == []
    assert stack.deliver(key) == [Done("the edit stands as SUCCEEDED")]
    assert len(stack.upstream.posts) == len(stack.events()) == 1


def test_a_task_that_is_recorded_but_not_watched_is_watched_by_the_redelivery(stack: Stack) -> None:
    key = stack.drop()
    with (
        patch.object(type(stack.submit().workflow), "start", side_effect=LOST),
        pytest.raises(ConnectionClosedError),
    ):
        stack.deliver(key)
    assert (stack.edit()["state"], stack.executions()) == ("SUBMITTED", {})

    assert stack.deliver(key) == [Done("the edit stands as SUBMITTED")]
    assert list(stack.executions().values()) == ["RUNNING"]
    assert len(stack.upstream.posts) == 1


def test_when_neither_record_nor_execution_has_the_task_the_log_still_does(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    key = stack.drop()
    purchase = stack.submit().purchase
    with (
        patch.object(type(purchase.edits), "accepted", side_effect=LOST),
        patch.object(type(purchase.settlement.workflow), "start", side_effect=LOST),
        pytest.raises(ConnectionClosedError),
    ):
        stack.deliver(key)

    assert [record.__dict__["task_id"] for record in caplog.records if record.message == "posted"] == ["task-1"]
    stack.clock.now += 10_000
    stack.sweep().handle()
    assert stack.edit()["state"] == "AMBIGUOUS"
    assert len(stack.upstream.posts) == 1


def test_a_notice_that_fails_is_sent_again_as_the_same_event(stack: Stack) -> None:
    stack.deliver(stack.drop())
    finalize = stack.finalize()
    real = type(finalize.notices).publish
    with patch.object(type(finalize.notices), "publish", side_effect=LOST), pytest.raises(ConnectionClosedError):
        finish(stack)
    assert stack.edit()["state"] == "SUCCEEDED"
    assert len(stack.outbox()) == 2
    with patch.object(type(finalize.notices), "publish", autospec=True, side_effect=real):
        finish(stack)
        finish(stack)

    assert len({event["id"] for event in stack.events()}) == 1
    assert len(stack.upstream.downloads) == 1
