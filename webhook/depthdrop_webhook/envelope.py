"""The JSON that SNS posts, with its fields checked, and the text that was signed.

The signed text has each name and value on a line of its own. A value with a line break could imitate further
fields, and one signature would be valid for two messages: so no value but the message itself may have a line break.
Source: Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .errors import MalformedError
from .strict_json import read_object

_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_PROOF = ("SignatureVersion", "Signature", "SigningCertURL")
_OPTIONAL = frozenset({"Subject"})
_SHAPES = {
    "MessageId": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "Subject": re.compile(r"[^\x00-\x1f\x7f]{0,256}"),
    "SubscribeURL": re.compile(r"[!-~]{1,4096}"),
    "Timestamp": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"),
    "Token": re.compile(r"[0-9A-Za-z-]{1,1024}"),
    "TopicArn": re.compile(r"[!-~]{1,512}"),
    "SignatureVersion": re.compile(r"[12]"),
    "Signature": re.compile(r"[0-9A-Za-z+/]{1,2048}={0,2}"),
    "SigningCertURL": re.compile(r"(?s).{1,512}"),  # `Topic.is_certificate_url` checks it
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields that its kind needs, each checked; fields that are not signed are left out."""

    kind: str
    timestamp: datetime
    signed_text: bytes = field(repr=False)
    values: Mapping[str, str] = field(repr=False)


def is_message_id(text: str) -> bool:
    return _SHAPES["MessageId"].fullmatch(text) is not None


def read_envelope(body: bytes, max_bytes: int) -> Envelope:
    """Parse and check a body of at most `max_bytes`. Raises MalformedError."""
    if len(body) > max_bytes:
        raise MalformedError(f"The body is larger than {max_bytes} bytes; SNS sends at most 256 KiB of message.")
    try:
        fields = read_object(body)
    except ValueError as error:
        raise MalformedError(f"The body is not an SNS message: {error}.") from None
    kind = fields.get("Type")
    if not isinstance(kind, str) or kind not in _SIGNED:
        raise MalformedError(
            "The body's Type is not one of SNS. If raw message delivery is on for this subscription, turn "
            "it off, because raw messages carry no signature."
        )
    names = [name for name in (*_SIGNED[kind], *_PROOF) if name in fields or name not in _OPTIONAL]
    values = {name: _value(fields, name) for name in names}
    try:
        timestamp = datetime.fromisoformat(values["Timestamp"])
        signed = "".join(f"{name}\n{values[name]}\n" for name in _SIGNED[kind] if name in values).encode()
    except UnicodeEncodeError:
        raise MalformedError("A field has an unpaired surrogate, which UTF-8 cannot express.") from None
    except ValueError:
        raise MalformedError("The field Timestamp is not an existing date and time.") from None
    return Envelope(kind, timestamp, signed, values)


def _value(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise MalformedError(f"The field {name} is missing or is not a text, as SNS sends it.")
    shape = _SHAPES.get(name)
    if shape is not None and not shape.fullmatch(value):
        raise MalformedError(f"The field {name} does not have the format of SNS.")
    return value
