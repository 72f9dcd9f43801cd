"""What a verified delivery is, and the event that it carries.

Only what the signature covers is here: message attributes are not among it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from .errors import NotAnEventError
from .strict_json import read_object


class CloudEvent(TypedDict):
    """CloudEvents 1.0 (https://cloudevents.io). `data` has the fields that the project's event schemas describe.

    Versions grow: be prepared for names that are not known yet, here and in `data`.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: NotRequired[str]
    time: NotRequired[str]
    datacontenttype: NotRequired[str]
    data: dict[str, Any]


def read_event(message: str) -> CloudEvent:
    """Raises NotAnEventError: those who may publish to the topic can also publish something else."""
    try:
        event = read_object(message)
    except ValueError as error:
        raise NotAnEventError(f"The message is no CloudEvent: {error}.") from None
    if event.get("specversion") != "1.0":
        raise NotAnEventError("The message is no CloudEvent: its specversion is not 1.0.")
    for name in ("id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise NotAnEventError(f"The message is no CloudEvent: {name} is missing, empty or no text.")
    for name in ("subject", "time", "datacontenttype"):
        if not isinstance(event.get(name, ""), str):
            raise NotAnEventError(f"The message is no CloudEvent: {name} is no text.")
    if not isinstance(event.get("data"), dict):
        raise NotAnEventError("The message is no event of depthdrop: it has no data.")
    return cast("CloudEvent", event)


@dataclass(frozen=True, slots=True)
class _FromTopic:
    message_id: str
    topic_arn: str


@dataclass(frozen=True, slots=True)
class Notification(_FromTopic):
    timestamp: datetime
    message: str = field(repr=False)
    subject: str | None = None

    def event(self) -> CloudEvent:
        """Raises NotAnEventError."""
        return read_event(self.message)


@dataclass(frozen=True, slots=True)
class SubscriptionConfirmation(_FromTopic):
    """SNS asks whether this receiver wants the topic: `Verifier.confirm` says yes, doing nothing says no."""

    timestamp: datetime
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnsubscribeConfirmation(_FromTopic):
    """The subscription has ended. Its token would subscribe again, so it is not handed on."""

    timestamp: datetime


@dataclass(frozen=True, slots=True)
class RawNotification(_FromTopic):
    """A raw delivery: nothing vouches for it but whatever guards the way to this receiver."""

    message: str = field(repr=False)

    def event(self) -> CloudEvent:
        """Raises NotAnEventError."""
        return read_event(self.message)


Message = Notification | SubscriptionConfirmation | UnsubscribeConfirmation | RawNotification
