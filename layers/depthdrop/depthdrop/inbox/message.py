"""What a queue message asks for: an object that appeared, in either of S3's forms, or a parked drop sent back.

And what a step of submit answers: the message may be deleted, or it must come back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from depthdrop.drop.keys import KEY_MAX_BYTES
from depthdrop.records.parking import RELEASE_DETAIL_TYPE, RELEASE_SOURCE


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """An object appeared. Its version is not taken from here: a listing says which one is stored now."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class DropReleased:
    """A parked drop may try again."""

    drop_id: str


@dataclass(frozen=True, slots=True)
class NotForUs:
    """A message that is understood to mean nothing here, such as s3:TestEvent."""

    what: str


Message = ObjectCreated | DropReleased | NotForUs


@dataclass(frozen=True, slots=True)
class Done:
    """The message may be deleted. `what` is for the log."""

    what: str


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The message must come back after so many seconds."""

    seconds: int
    why: str


Settled = Done | ComeBack


class UnreadableMessageError(ValueError):
    """The message is none that this queue should hold; it comes back and ends in the dead letters."""


def read_message(body: str) -> tuple[Message, ...]:
    """Everything one queue message asks for.

    Raises UnreadableMessageError when it is not JSON or of no known form.
    """
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
    """EventBridge gives keys as they are."""
    kind, detail = parsed["detail-type"], parsed["detail"]
    if parsed["source"] == RELEASE_SOURCE and kind == RELEASE_DETAIL_TYPE:
        return DropReleased(str(detail["drop_id"]))
    if parsed["source"] == "aws.s3" and kind == "Object Created":
        return _created(detail["bucket"]["name"], detail["object"]["key"])
    return NotForUs(str(kind))


def _s3_notification(record: Mapping[str, dict[str, dict[str, str]]]) -> Message:
    """S3's own notifications give keys URL-encoded."""
    name = str(record["eventName"])
    if not name.startswith("ObjectCreated"):
        return NotForUs(name)
    return _created(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"], errors="strict"))


def _created(bucket: str, key: str) -> ObjectCreated:
    """Asked for a key that it cannot have, S3 answers with an error: submit and sweep would fail on it for good."""
    if not 0 < len(key.encode()) <= KEY_MAX_BYTES:
        raise UnreadableMessageError("The message names a key that S3 cannot have.")
    return ObjectCreated(bucket, key)
