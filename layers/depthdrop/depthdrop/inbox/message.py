"""Reads the messages of submit's queue: a new object, in either of S3's formats, or a parked drop sent again.

And the answers of submit: the message may be deleted, or it must come back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from depthdrop.drop.inbox_keys import KEY_MAX_BYTES
from depthdrop.records.parking import RELEASE_DETAIL_TYPE, RELEASE_SOURCE


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """A new object. Its version is not in here, because a later listing shows the current one."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class DropReleased:
    """A parked drop may try again."""

    drop_id: str


@dataclass(frozen=True, slots=True)
class NotForUs:
    """A valid message that needs no action, such as s3:TestEvent."""

    kind: str


Message = ObjectCreated | DropReleased | NotForUs


@dataclass(frozen=True, slots=True)
class Done:
    """The message may be deleted. `what` is for the log."""

    what: str


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The message must come back after `seconds`. `why` is for the log."""

    seconds: int
    why: str


Settled = Done | ComeBack


class UnreadableMessageError(ValueError):
    """The message does not belong in this queue. It comes back and ends in the dead-letter queue."""


def read_messages(body: str) -> tuple[Message, ...]:
    """All messages in the body of one queue message. Raises UnreadableMessageError."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableMessageError("The message is not JSON.") from error
    if not isinstance(parsed, dict):
        raise UnreadableMessageError("The message is not a JSON object.")
    if parsed.get("Event") == "s3:TestEvent":
        return (NotForUs("s3:TestEvent"),)
    try:
        if isinstance(parsed.get("Records"), list):
            return tuple(_s3_notification(record) for record in parsed["Records"])
        return (_eventbridge(parsed),)
    except (KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise UnreadableMessageError("The message lacks the fields of an S3 event.") from error


def _eventbridge(parsed: dict[str, Any]) -> Message:
    """An event of EventBridge, whose keys are not encoded."""
    kind, detail = parsed["detail-type"], parsed["detail"]
    if parsed["source"] == RELEASE_SOURCE and kind == RELEASE_DETAIL_TYPE:
        return DropReleased(str(detail["drop_id"]))
    if parsed["source"] == "aws.s3" and kind == "Object Created":
        return _created(detail["bucket"]["name"], detail["object"]["key"])
    return NotForUs(str(kind))


def _s3_notification(record: Mapping[str, dict[str, dict[str, str]]]) -> Message:
    """A notification of S3 itself, whose keys are URL-encoded."""
    name = str(record["eventName"])
    if not name.startswith("ObjectCreated"):
        return NotForUs(name)
    return _created(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"], errors="strict"))


def _created(bucket: str, key: str) -> ObjectCreated:
    """Refuses a key that S3 cannot have: S3 would answer with an error, and submit and sweep would fail forever."""
    if not 0 < len(key.encode()) <= KEY_MAX_BYTES:
        raise UnreadableMessageError("The message names a key that S3 cannot have.")
    return ObjectCreated(bucket, key)
