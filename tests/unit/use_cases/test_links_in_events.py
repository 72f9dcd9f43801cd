"""The link in events of success: made anew at each publishing, and kept nowhere."""

import json
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from depthdrop import aws
from depthdrop.notices import publish
from depthdrop.notices.download_link import DownloadLinks
from tests.support.acts import finish
from tests.support.aws import Stack
from tests.support.bus import Bus
from tests.support.scripted import NOW, Clock

SIGNED = "X-Amz-Signature"


@pytest.fixture(autouse=True)
def _links(stack: Stack) -> None:
    stack.names["DownloadLinkHours"] = "6"


def edited(stack: Stack) -> None:
    stack.deliver(stack.drop())
    finish(stack)


def kept(stack: Stack) -> str:
    """Everything that stays: table, outbox, executions."""
    records = [record for kind in ("edit", "drop", "file", "slot") for record in stack.records(kind)]
    objects = [content.decode("latin-1") for content in stack.outbox().values()]
    inputs = [stack.execution_input(name) for name in stack.executions()]
    return json.dumps([records, objects, inputs], default=str)


def without_link(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "data": {name: value for name, value in event["data"].items() if name != "download"}}


def test_a_success_carries_a_link_to_its_result_and_nothing_keeps_it(stack: Stack) -> None:
    edited(stack)
    [event] = stack.events()
    link = event["data"]["download"]

    assert SIGNED in link["url"]
    assert f"/{event['data']['result']['key']}?" in link["url"]
    assert '"event"' in kept(stack)
    assert "X-Amz-" not in kept(stack)
    assert "download" not in json.loads(stack.edit()["event"])["data"]


def test_a_redrop_and_sweep_publish_the_same_event_each_with_a_new_link(stack: Stack) -> None:
    edited(stack)
    [first] = stack.events()
    stack.drop(at=NOW - 30)
    with patch.object(publish, "DownloadLinks", partial(DownloadLinks, clock=Clock(NOW + 600))):
        stack.deliver("photo.jpg")
    [again] = stack.events()
    stack.table.update(
        stack.edit()["pk"], {"open": "edit", "look_at": 1}, "attribute_exists(pk)", remove=("notified_at",)
    )
    stack.sweep().handle()
    [swept] = stack.events()

    assert without_link(first) == without_link(again) == without_link(swept)
    assert again["data"]["download"]["expires_at"] == "2026-06-10T14:10:00Z"
    assert all(SIGNED in one["data"]["download"]["url"] for one in (again, swept))
    assert "X-Amz-" not in kept(stack)


def test_other_events_carry_no_link(stack: Stack) -> None:
    stack.deliver(stack.drop())
    finish(stack, "failed")
    stack.deliver(stack.drop("bad", prompt=" "))

    assert [event["data"].get("download") for event in stack.events()] == [None, None]


def test_the_bus_gets_the_same_link(stack: Stack, bus: Bus) -> None:
    edited(stack)
    [event], [mirrored] = stack.events(), bus.received()

    assert mirrored["detail"] == event
    assert SIGNED in mirrored["detail"]["data"]["download"]["url"]


def test_without_the_parameter_there_is_no_link_and_no_client_for_one(stack: Stack) -> None:
    stack.names["DownloadLinkHours"] = "0"
    with patch.object(aws, "s3_for_links", side_effect=AssertionError):
        edited(stack)
    [event] = stack.events()

    assert "download" not in event["data"]
