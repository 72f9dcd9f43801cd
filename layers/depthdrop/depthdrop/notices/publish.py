"""Publishes events to SNS in a form that SNS takes, whatever a picture is called, however long the event is.

A bus, if the owner has named one, gets the same event afterwards.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from depthdrop import aws
from depthdrop.drop.keys import folder_of
from depthdrop.notices import events
from depthdrop.notices.download_link import DownloadLinks
from depthdrop.notices.sns_limits import SUBJECT_MAX, Message, sns_takes

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

_LEFT_OUT = "This event was larger than SNS takes: its metadata is left out."
_CUT = "This event was larger than SNS takes: long texts are cut."
_TEXT_MAX = 1000  # characters of a text that is cut
_WARNINGS_MAX = 10  # of an event whose texts are cut
_BUS_PAUSES_SECONDS = (0.0, 0.5, 1.0)  # one before each try to put an event on the bus


class NoticesEnvironment(Protocol):
    """The settings of a function that its notices need."""

    @property
    def notifications_topic_arn(self) -> str: ...
    @property
    def event_bus_name(self) -> str: ...
    @property
    def download_link_hours(self) -> int: ...


class MirrorError(Exception):
    """The bus took the request and refused the event in it."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """The same events on an EventBridge bus, for owners who route there."""

    bus_name: str
    client: "EventBridgeClient"
    sleep: Callable[[float], None] = time.sleep

    def put(self, event: "events.Event") -> None:
        """Put the event on the bus; raises MirrorError when it is not taken.

        PutEvents answers 200 for an entry that it throttled or lost, and then the SDK does not try again.
        """
        why = ""
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
            if answer["FailedEntryCount"] == 0:
                return
            [entry] = answer["Entries"]
            why = f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}"
        raise MirrorError(f"The bus {self.bus_name} did not take event {event.id}: {why}")


@dataclass(frozen=True, slots=True)
class Notices:
    topic_arn: str
    sns: "SNSClient"
    mirror: Mirror | None = None
    links: DownloadLinks | None = None

    def publish(self, event: "events.Event") -> str:
        """Send the event; SNS's message id. Sending again is harmless: the event id is the same.

        Raises whatever keeps it from the topic or from the bus: the caller then tries both again.
        """
        if self.links is not None:
            event = self.links.added_to(event)
        event = fitting(event)
        message = message_of(event)
        sent = self.sns.publish(
            TopicArn=self.topic_arn,
            Message=message.text,
            Subject=message.subject,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()
            },
        )
        if self.mirror is not None:
            self.mirror.put(event)
        return sent["MessageId"]


def fitting(event: "events.Event") -> "events.Event":
    """The fullest form of the event that SNS takes. The shortest is far below the limit."""
    for form in _forms(event):
        if sns_takes(message_of(form)):
            break
    return form


def message_of(event: "events.Event") -> Message:
    """The event as it is given to SNS.

    SQS refuses the two characters that are valid in JSON and not in XML; as escapes they mean the same.
    """
    text = event.to_json().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return Message(text, subject_of(event), attributes_of(event))


def subject_of(event: "events.Event") -> str:
    """For people who subscribe by e-mail: status and file name, printable ASCII, one line."""
    name = event.subject.rpartition("/")[2] or event.subject
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in name)
    text = f"depthdrop: {event.type.status}: {plain}"
    return text if len(text) <= SUBJECT_MAX else f"{text[: SUBJECT_MAX - 3]}..."


def attributes_of(event: "events.Event") -> dict[str, str]:
    """What a filter policy can ask for. Unknown is `-`: SNS refuses an empty value.

    A folder with characters that SNS does not take, or does not filter by, is sent percent-encoded.
    """
    folder = folder_of(event.subject)
    plain = folder.isprintable() and not set('"\\') & set(folder)
    return {
        "type": event.type.value,
        "status": event.type.status,
        "model": getattr(event.data, "model", "") or "-",
        "folder": folder if plain else quote(folder, safe="/ "),
    }


def _forms(event: "events.Event") -> Iterator["events.Event"]:
    """The event, then the shorter ones that replace it when it is too large. Each says what it leaves out."""
    yield event
    data, said = event.data, []
    if isinstance(data, events.SucceededData) and data.download is not None:
        event = event.with_data(download=None)  # the result says where the picture is
        yield event
    if data.metadata:
        said.append(_LEFT_OUT)
        yield event.with_data(metadata={}, warnings=[*data.warnings, *said])
    short: dict[str, object] = {"warnings": [*map(_cut, data.warnings[:_WARNINGS_MAX]), *said, _CUT]}
    if error := getattr(data, "error", None):
        texts = {name: _cut(text) for name, text in error if isinstance(text, str)}
        short["error"] = error.model_copy(update=texts)
    yield event.with_data(metadata={}, **short)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"


def from_environment(environment: NoticesEnvironment) -> Notices:
    """A client that is not needed is not made: it would cost every cold start."""
    bus, hours = environment.event_bus_name, environment.download_link_hours
    mirror = Mirror(bus, aws.events()) if bus else None
    links = DownloadLinks(aws.s3_for_links(), hours) if hours else None
    return Notices(environment.notifications_topic_arn, aws.when_needed(aws.sns), mirror, links)
