"""Publishes events to SNS in a form that SNS takes: attributes never empty, a subject that is one ASCII line.

A bus, if the owner has named one, gets the same event afterwards.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from depthdrop import aws
from depthdrop.download_link import DownloadLinks
from depthdrop.events import Event
from depthdrop.mirror import Mirror
from depthdrop.outbox_keys import folder_of

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

_SUBJECT_MAX = 99  # SNS: under 100 characters


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

    def publish(self, event: Event) -> str:
        """Send the event; SNS's message id. Sending again is harmless: the event id is the same.

        Raises whatever keeps it from the topic or from the bus: whoever publishes then tries both again.
        """
        if self.links is not None:
            event = self.links.added_to(event)
        sent = self.sns.publish(
            TopicArn=self.topic_arn,
            Message=event.to_json(),
            Subject=subject_of(event),
            MessageAttributes=attributes_of(event),
        )
        if self.mirror is not None:
            self.mirror.put(event)
        return sent["MessageId"]


def subject_of(event: Event) -> str:
    """For people who subscribe by e-mail: status and file name, printable ASCII, one line."""
    name = event.subject.rpartition("/")[2] or event.subject
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in name)
    text = f"depthdrop: {event.type.status}: {plain}"
    return text if len(text) <= _SUBJECT_MAX else f"{text[: _SUBJECT_MAX - 3]}..."


def attributes_of(event: Event) -> "dict[str, MessageAttributeValueTypeDef]":
    """What a filter policy can ask for. Unknown is `-`: SNS refuses an empty value."""
    values = {
        "type": event.type.value,
        "status": event.type.status,
        "model": event.data.model or "-",
        "folder": _attribute(folder_of(event.subject)),
    }
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def _attribute(folder: str) -> str:
    """SNS takes only XML's characters in an attribute; a folder with others is sent percent-encoded."""
    return folder if folder.isprintable() else quote(folder, safe="/ ")


def from_environment(environment: NoticesEnvironment) -> Notices:
    """A client that nobody asked for is not made: it would cost every cold start."""
    bus, hours = environment.event_bus_name, environment.download_link_hours
    mirror = Mirror(bus, aws.events()) if bus else None
    links = DownloadLinks(aws.s3_for_links(), hours) if hours else None
    return Notices(environment.notifications_topic_arn, aws.sns(), mirror, links)
