"""A POST whose answer is lost may have been charged: reported once, never sent again, its slot held."""

from unittest.mock import patch

import httpx
import pytest

from depthdrop import aws
from depthdrop.inbox.message import Done, DropReleased
from depthdrop.records.slots import holder_of
from tests.support.aws import Stack
from tests.support.scripted import NOW, Scripted

LOST: dict[str, Scripted] = {
    "read error": httpx.ReadError("reset"),
    "read timeout": httpx.ReadTimeout("slow"),
    "write error": httpx.WriteError("reset"),
    "broken answer": httpx.RemoteProtocolError("no status line"),
    "500": httpx.Response(500, json={"error": {"message": "oops", "code": "internal"}}),
    "502": httpx.Response(502, text="Bad Gateway"),
    "503": httpx.Response(503),
    "524": httpx.Response(524, text="a timeout occurred"),
    "200 without id": httpx.Response(200, json={"status": "Pending"}),
    "200 of html": httpx.Response(200, html="<html>hello</html>"),
    "202 without id": httpx.Response(202, json={}),
    "301": httpx.Response(301, headers={"location": "https://elsewhere.example/"}),
    "too long": httpx.Response(200, content=b" " * (256 * 1024 + 1)),
}


@pytest.mark.parametrize("name", LOST)
def test_a_lost_answer_is_reported_as_perhaps_charged_and_never_sent_again(stack: Stack, name: str) -> None:
    stack.upstream.post_answers.append(LOST[name])
    key = stack.drop()

    assert stack.deliver(key) == [Done("ambiguous: may have been charged, not sent again")]
    edit = stack.edit()
    assert (edit["state"], edit["spend_state"]) == ("AMBIGUOUS", "unknown")
    [event] = stack.events()
    assert event["type"] == "depthdrop.edit.ambiguous.v1"
    assert "may have been charged" in event["data"]["error"]["message"]
    assert event["data"]["spend"] == {"state": "unknown", "usd": 0.06}
    for _ in range(3):
        stack.clock.now += 600
        stack.deliver(key)
        stack.deliver(DropReleased(stack.records("drop")[0]["drop_id"]))
    assert (len(stack.upstream.posts), stack.events(), stack.executions()) == (1, [], {})


def test_a_lost_answer_is_recorded_in_whole_seconds(stack: Stack) -> None:
    stack.clock.now += 0.5
    stack.upstream.post_answers.append(httpx.ReadError("reset"))
    stack.deliver(stack.drop())

    edit = stack.edit()
    assert (edit["state"], edit["updated_at"], edit["notified_at"]) == ("AMBIGUOUS", NOW, NOW)


def test_a_lost_answer_keeps_its_slot_until_the_task_would_be_over(stack: Stack) -> None:
    stack.upstream.post_answers.append(httpx.ReadError("reset"))
    stack.deliver(stack.drop())

    [slot] = stack.records("slot")
    assert (slot["holder"], slot["lease_until"]) == (
        holder_of(stack.edit()["edit_id"], stack.edit()["token"]),
        NOW + 3600,
    )


def test_a_redrop_of_an_ambiguous_edit_publishes_its_event_and_is_not_sent(stack: Stack) -> None:
    stack.upstream.post_answers.append(httpx.ReadError("reset"))
    stack.deliver(stack.drop())
    [first] = stack.events()
    stack.drop(at=NOW - 30)
    stack.deliver("photo.jpg")

    assert [event["id"] for event in stack.events()] == [first["id"]]
    assert len(stack.upstream.posts) == 1


def test_an_ambiguous_edit_whose_notice_failed_is_reported_by_the_redelivery(stack: Stack) -> None:
    stack.upstream.post_answers.append(httpx.ReadError("reset"))
    key = stack.drop()
    with patch.object(aws.sns(), "publish", side_effect=ConnectionError), pytest.raises(ConnectionError):
        stack.deliver(key)
    assert stack.edit()["state"] == "AMBIGUOUS"
    stack.deliver(key)

    assert len(stack.events()) == 1
    assert "notified_at" in stack.edit()
