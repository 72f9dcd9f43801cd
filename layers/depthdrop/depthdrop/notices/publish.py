"""Publishes events to SNS, whatever their length and their pictures' names are, and to a bus, if there is one.

`sns_takes` knows the limits of SNS, which no emulator enforces. Sources: the API reference of Publish and of
MessageAttributeValue, and the developer guide on message attributes.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from depthdrop import aws
from depthdrop.drop.inbox_keys import folder_of
from depthdrop.notices import events
from depthdrop.notices.download_link import DownloadLinks

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

_LEFT_OUT = "This event was larger than SNS takes: its metadata is left out."
_CUT = "This event was larger than SNS takes: long texts are cut."
_TEXT_MAX = 1000  # characters of a text that is cut
_WARNINGS_MAX = 10  # of an event whose texts are cut
_BUS_PAUSES_SECONDS = (0.0, 0.5, 1.0)  # one before each try to put an event on the bus
MESSAGE_BYTES_MAX = 256 * 1024  # of message and attributes together
_SUBJECT_MAX = 99  # characters: under 100
_ATTRIBUTES_MAX = 10  # raw delivery to SQS discards more
# Not compiled here, because most invocations publish nothing.
_NAME = r"(?!aws\.|amazon\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*"
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_NOT_JSON = r'[\x00-\x1f"\\]'


class MirrorError(Exception):
    """The bus accepted the request but not the event in it."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Puts the same events on an EventBridge bus, for owners who route events there."""

    bus_name: str
    client: "EventBridgeClient"
    sleep: Callable[[float], None] = time.sleep

    def put(self, event: "events.Event") -> None:
        """Put the event on the bus; raises MirrorError when the bus does not accept it."""
        reason = ""
        for pause in _BUS_PAUSES_SECONDS:
            self.sleep(pause)
            answer = self.client.put_events(
                Entries=[
                    {
                        "EventBusName": self.bus_name,
                        "Source": event.source,
                        "DetailType": event.type.value,
                        "Detail": event.to_json(),
                    }
                ]
            )
            # PutEvents answers 200 for an entry that it throttled or lost, and then the SDK does not retry.
            if answer["FailedEntryCount"] == 0:
                return
            [entry] = answer["Entries"]
            reason = f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}"
        raise MirrorError(f"The bus {self.bus_name} did not take event {event.id}: {reason}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message for Publish. All attributes have the type String."""

    text: str
    subject: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notices:
    topic_arn: str
    sns: "SNSClient"
    mirror: Mirror | None = None
    links: DownloadLinks | None = None

    def publish(self, event: "events.Event") -> None:
        """Publish the event. Raises errors of topic and bus: to repeat both is harmless, with the same event id."""
        if self.links is not None:
            event = self.links.added_to(event)
        event = fitting(event)
        message = message_of(event)
        self.sns.publish(
            TopicArn=self.topic_arn,
            Message=message.text,
            Subject=message.subject,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()
            },
        )
        if self.mirror is not None:
            self.mirror.put(event)


def fitting(event: "events.Event") -> "events.Event":
    """The longest form of the event that SNS takes. The shortest form is far below the limit."""
    for form in _forms(event):
        if sns_takes(message_of(form)):
            break
    return form


def message_of(event: "events.Event") -> Message:
    """The event as a message for SNS."""
    # SQS refuses the two characters that are valid in JSON but not in XML, so they are escaped.
    text = event.to_json().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return Message(text, subject_of(event), attributes_of(event))


def subject_of(event: "events.Event") -> str:
    """The subject of an e-mail: status and file name, in one line of printable ASCII."""
    name = event.subject.rpartition("/")[2] or event.subject
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in name)
    text = f"depthdrop: {event.type.status}: {plain}"
    return text if len(text) <= _SUBJECT_MAX else f"{text[: _SUBJECT_MAX - 3]}..."


def attributes_of(event: "events.Event") -> dict[str, str]:
    """The attributes that a filter policy can use."""
    folder = folder_of(event.subject)
    plain = folder.isprintable() and not set('"\\') & set(folder)
    return {
        "type": event.type.value,
        "status": event.type.status,
        "model": getattr(event.data, "model", "") or "-",  # SNS refuses an empty value
        "folder": folder if plain else quote(folder, safe="/ "),  # SNS refuses some characters or cannot filter by
    }


def _forms(event: "events.Event") -> Iterator["events.Event"]:
    """The event, then shorter forms of it. The warnings of each say which texts are left out or cut."""
    yield event
    data, left_out = event.data, []
    if isinstance(data, events.SucceededData) and data.download is not None:
        event = event.with_data(download=None)  # the result says where the picture is
        yield event
    if data.metadata:
        left_out.append(_LEFT_OUT)
        yield event.with_data(metadata={}, warnings=[*data.warnings, *left_out])
    short: dict[str, object] = {"warnings": [*map(_cut, data.warnings[:_WARNINGS_MAX]), *left_out, _CUT]}
    if error := getattr(data, "error", None):
        texts = {name: _cut(text) for name, text in error if isinstance(text, str)}
        short["error"] = error.model_copy(update=texts)
    yield event.with_data(metadata={}, **short)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"


def sns_takes(message: Message) -> bool:
    """Whether SNS accepts this message and delivers it to every subscriber whose filter policy asks for it.

    Two rules are about deliveries: SQS accepts only XML's characters, and an attribute with characters that JSON
    escapes passes no filter policy, without any error.
    """
    subject, attributes = message.subject, message.attributes
    return (
        0 < len(subject) <= _SUBJECT_MAX
        and subject.isascii()
        and subject.isprintable()
        and subject[0] != " "
        and len(attributes) <= _ATTRIBUTES_MAX
        and all(len(name) <= 256 and re.fullmatch(_NAME, name, re.IGNORECASE) for name in attributes)
        and all(value and not re.search(f"{_NOT_XML}|{_NOT_JSON}", value) for value in attributes.values())
        and message.text != ""
        and not re.search(_NOT_XML, message.text)
        and _weight(message) <= MESSAGE_BYTES_MAX
    )


def _weight(message: Message) -> int:
    """The most bytes that SNS may count: it delivers everything as JSON texts, and may escape every character."""
    named = (part for name, value in message.attributes.items() for part in (name, "String", value))
    return sum(len(json.dumps(part)) for part in (message.text, message.subject, *named))


def make_notices(topic_arn: str, bus: str, link_hours: int) -> Notices:
    """Makes only the clients that are needed: each costs time at every cold start."""
    mirror = Mirror(bus, aws.events()) if bus else None
    links = DownloadLinks(aws.s3_for_links(), link_hours) if link_hours else None
    return Notices(topic_arn, aws.when_needed(aws.sns), mirror, links)
