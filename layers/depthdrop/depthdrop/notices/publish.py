"""Publishes events to SNS in a form that SNS takes, whatever a picture is called, however much there is to tell.

A bus, if the owner has named one, gets the same event afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from depthdrop import aws
from depthdrop.drop.keys import folder_of
from depthdrop.notices import events
from depthdrop.notices.bus import Mirror
from depthdrop.notices.download_link import DownloadLinks
from depthdrop.notices.sns_limits import SUBJECT_MAX, Message, sns_would_refuse

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from depthdrop.notices.events import Event, Trouble

_LEFT_OUT = "This event was larger than SNS takes: its metadata is left out."
_CUT = "This event was larger than SNS takes: long texts are cut."
_TEXT_MAX = 1000  # characters of a text that is cut
_WARNINGS_MAX = 10  # of an event whose texts are cut


class NoticesEnvironment(Protocol):
    """What of a function's settings concerns its notices."""

    @property
    def notifications_topic_arn(self) -> str: ...
    @property
    def event_bus_name(self) -> str: ...
    @property
    def download_link_hours(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Notices:
    topic_arn: str
    sns: "SNSClient"
    mirror: Mirror | None = None
    links: DownloadLinks | None = None

    def publish(self, event: "Event") -> str:
        """Send the event; SNS's message id. Sending again is harmless: the event id is the same.

        Raises whatever keeps it from the topic or from the bus: whoever publishes then tries both again.
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


def fitting(event: "Event") -> "Event":
    """The fullest form of the event that SNS takes. The shortest is far below the limit."""
    for form in _forms(event):
        if sns_would_refuse(message_of(form)) is None:
            break
    return form


def message_of(event: "Event") -> Message:
    """The event as it is given to SNS."""
    return Message(_text_of(event), subject_of(event), attributes_of(event))


def subject_of(event: "Event") -> str:
    """For people who subscribe by e-mail: status and file name, printable ASCII, one line."""
    name = event.subject.rpartition("/")[2] or event.subject
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in name)
    text = f"depthdrop: {event.type.status}: {plain}"
    return text if len(text) <= SUBJECT_MAX else f"{text[: SUBJECT_MAX - 3]}..."


def attributes_of(event: "Event") -> dict[str, str]:
    """What a filter policy can ask for. Unknown is `-`: SNS refuses an empty value."""
    model = event.data.model if isinstance(event.data, events.EditData) else ""
    return {
        "type": event.type.value,
        "status": event.type.status,
        "model": model or "-",
        "folder": _attribute(folder_of(event.subject)),
    }


def _attribute(folder: str) -> str:
    """A folder with characters that SNS does not take, or does not filter by, is sent percent-encoded."""
    return folder if folder.isprintable() and not set('"\\') & set(folder) else quote(folder, safe="/ ")


def _text_of(event: "Event") -> str:
    """SQS refuses the two characters that are valid in JSON and not in XML; as escapes they mean the same."""
    return event.to_json().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _forms(event: "Event") -> Iterator["Event"]:
    """The event, and what is told in its place when it is too large. Each says what it leaves out."""
    yield event
    data, said = event.data, []
    if isinstance(data, events.SucceededData) and data.download is not None:
        event = _with(event, download=None)  # the result says where the picture is
        yield event
    if data.metadata:
        said.append(_LEFT_OUT)
        yield _with(event, metadata={}, warnings=[*data.warnings, *said])
    warnings = [_cut(text) for text in data.warnings[:_WARNINGS_MAX]]
    error = getattr(data, "error", None)
    short = {} if error is None else {"error": error.model_copy(update=_cut_all(error))}
    yield _with(event, metadata={}, warnings=[*warnings, *said, _CUT], **short)


def _with(event: "Event", **changes: object) -> "Event":
    return event.model_copy(update={"data": event.data.model_copy(update=changes)})


def _cut_all(error: "Trouble") -> dict[str, str]:
    return {name: _cut(text) for name, text in error if isinstance(text, str)}


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"


def from_environment(environment: NoticesEnvironment) -> Notices:
    """A client that nobody asked for is not made: it would cost every cold start."""
    bus, hours = environment.event_bus_name, environment.download_link_hours
    mirror = Mirror(bus, aws.events()) if bus else None
    links = DownloadLinks(aws.s3_for_links(), hours) if hours else None
    return Notices(environment.notifications_topic_arn, aws.when_needed(aws.sns), mirror, links)
