"""The bus gets the same events as the topic; an event that it does not accept is put again, then raised."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from unittest.mock import patch

import pytest

from depthdrop import aws
from depthdrop.notices.publish import Mirror, MirrorError, make_notices
from tests.support.announced import about, of_edit
from tests.support.aws import Stack
from tests.support.bus import NAME, Bus

EVENT = about("summer/photo.jpg")
THROTTLED = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]}
TAKEN = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


@dataclass
class Answers:
    """PutEvents with the answers of a busy bus."""

    answers: Iterator[dict[str, Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def put_events(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        return next(self.answers)

    def mirror(self) -> Mirror:
        return Mirror(NAME, cast("Any", self), self.slept.append)


def test_the_topic_and_the_bus_get_the_same_event(stack: Stack, bus: Bus) -> None:
    make_notices(stack.names["Notifications"], NAME, 0).publish(
        EVENT.model_copy(update={"source": "depthdrop/depthdrop"})
    )
    [published], [put] = stack.events(), bus.received()

    assert put["detail"] == published
    assert (put["source"], put["detail-type"]) == ("depthdrop/depthdrop", "depthdrop.edit.succeeded.v1")


def test_without_a_bus_no_client_is_made(stack: Stack) -> None:
    with patch.object(aws, "events", side_effect=AssertionError):
        notices = make_notices(stack.names["Notifications"], "", 0)
        notices.publish(EVENT)

    assert notices.mirror is None
    assert len(stack.events()) == 1


def test_an_event_that_the_bus_throttled_is_put_again() -> None:
    busy = Answers(iter([THROTTLED, THROTTLED, TAKEN]))
    busy.mirror().put(EVENT)

    assert busy.asked == [busy.asked[0]] * 3
    assert json.loads(busy.asked[0]["Entries"][0]["Detail"])["id"] == EVENT.id
    assert busy.slept == [0.0, 0.5, 1.0]


def test_an_event_that_the_bus_never_accepts_is_an_error_with_its_reason() -> None:
    busy = Answers(iter([THROTTLED] * 9))

    with pytest.raises(
        MirrorError, match=f"owners-bus did not take event {EVENT.id}: ThrottlingException: slow down"
    ):
        busy.mirror().put(EVENT)
    assert len(busy.asked) == 3


def test_a_missing_bus_is_an_error_after_the_topic_got_the_event(stack: Stack) -> None:
    notices = make_notices(stack.names["Notifications"], "no-such-bus", 0)

    with pytest.raises(aws.events().exceptions.ResourceNotFoundException):
        notices.publish(EVENT)
    assert len(stack.events()) == 1


def test_an_event_that_is_shortened_for_the_topic_is_shortened_for_the_bus(stack: Stack, bus: Bus) -> None:
    laden = of_edit(metadata=json.dumps({"m": "x" * 300_000}))["succeeded"]
    make_notices(stack.names["Notifications"], NAME, 0).publish(
        laden.model_copy(update={"source": "depthdrop/depthdrop"})
    )
    [published], [put] = stack.events(), bus.received()

    assert put["detail"] == published
    assert published["data"]["metadata"] == {}
