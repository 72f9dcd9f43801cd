"""Publishes events to SNS in a form that SNS takes: attributes never empty, a subject that is one ASCII line."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from depthdrop.events import Event
from depthdrop.outbox_keys import folder_of

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

_SUBJECT_MAX = 99  # SNS: under 100 characters


@dataclass(frozen=True, slots=True)
class Notices:
    topic_arn: str
    sns: "SNSClient"

    def publish(self, event: Event) -> str:
        """Send the event; SNS's message id. Sending again is harmless: the event id is the same."""
        sent = self.sns.publish(
            TopicArn=self.topic_arn,
            Message=event.to_json(),
            Subject=subject_of(event),
            MessageAttributes=attributes_of(event),
        )
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
