"""What SNS refuses, written down, because no emulator does. Pure.

Sources: the API reference of Publish and of MessageAttributeValue, the developer guide on message attributes. Two
rules are about deliveries: SQS takes only XML's characters; and a message with an attribute that is no JSON text as
it stands passes no filter policy, in silence.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST_BYTES = 256 * 1024  # of message and attributes together
SUBJECT_MAX = 99  # characters: under 100
_ATTRIBUTES_MAX = 10  # more are discarded by raw delivery to SQS
# Compiled when something is published: that takes a while, and most invocations publish nothing.
_NAME = r"(?!aws\.|amazon\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*"
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_NOT_JSON = r'[\x00-\x1f"\\]'


@dataclass(frozen=True, slots=True)
class Message:
    """What is given to Publish. All attributes are of the type String."""

    text: str
    subject: str
    attributes: Mapping[str, str]


def sns_would_refuse(message: Message) -> str | None:
    """Why SNS would not take or not deliver this message; None when it does."""
    return (
        _wrong_subject(message.subject)
        or _wrong_attributes(message.attributes)
        or _wrong_text(message.text)
        or ("message and attributes are over 256 KiB" if _weight(message) > MOST_BYTES else None)
    )


def _wrong_subject(subject: str) -> str | None:
    if not 0 < len(subject) <= SUBJECT_MAX:
        return "the subject is empty or too long"
    if not (subject.isascii() and subject.isprintable()):
        return "the subject is not one line of printable ASCII"
    return "the subject begins with a space" if subject[0] == " " else None


def _wrong_attributes(attributes: Mapping[str, str]) -> str | None:
    if len(attributes) > _ATTRIBUTES_MAX:
        return "there are too many attributes"
    for name, value in attributes.items():
        if len(name) > 256 or not re.fullmatch(_NAME, name, re.IGNORECASE):
            return f"{name!r} cannot be an attribute's name"
        if not value:
            return f"attribute {name} is empty"
        if re.search(_NOT_XML, value) or re.search(_NOT_JSON, value):
            return f"attribute {name} has a character that is not taken"
    return None


def _wrong_text(text: str) -> str | None:
    if not text:
        return "the message is empty"
    return "the message has a character that is not taken" if re.search(_NOT_XML, text) else None


def _weight(message: Message) -> int:
    """Bytes at the most: SNS delivers everything as texts in JSON, where each quotation mark is escaped again.

    Nobody promises that other characters are not: they are counted as their escapes.
    """
    named = (part for name, value in message.attributes.items() for part in (name, "String", value))
    return sum(len(json.dumps(part)) for part in (message.text, message.subject, *named))
