"""What SNS refuses, written down, because no emulator does. Pure.

Sources: the API reference of Publish and of MessageAttributeValue, the developer guide on message attributes. Two
rules are about deliveries: SQS takes only XML's characters; and a message with an attribute that is not JSON text
without being escaped passes no filter policy, and nothing says so.
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


def sns_takes(message: Message) -> bool:
    """Whether SNS takes this message and delivers it to every subscriber whose filter policy asks for it."""
    subject, attributes = message.subject, message.attributes
    return (
        0 < len(subject) <= SUBJECT_MAX
        and subject.isascii()
        and subject.isprintable()
        and subject[0] != " "
        and len(attributes) <= _ATTRIBUTES_MAX
        and all(len(name) <= 256 and re.fullmatch(_NAME, name, re.IGNORECASE) for name in attributes)
        and all(value and not re.search(f"{_NOT_XML}|{_NOT_JSON}", value) for value in attributes.values())
        and message.text != ""
        and not re.search(_NOT_XML, message.text)
        and _weight(message) <= MOST_BYTES
    )


def _weight(message: Message) -> int:
    """Bytes at the most: SNS delivers everything as texts in JSON, where each quotation mark is escaped again.

    Nobody promises that other characters are not: they are counted as their escapes.
    """
    named = (part for name, value in message.attributes.items() for part in (name, "String", value))
    return sum(len(json.dumps(part)) for part in (message.text, message.subject, *named))
