"""Verified messages, and the event in them. They have only signed fields: no message attributes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from .errors import NotAnEventError
from .strict_json import read_object


class CloudEvent(TypedDict):
    """CloudEvents 1.0 (https://cloudevents.io). `data` has the fields that the project's event schemas describe.

    Later versions may add names, here and in `data`: ignore those you do not know.
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
    """The event in `message`. Raises NotAnEventError: a publisher to the topic can publish other things."""
    try:
        event = read_object(message)
    except ValueError as error:
        raise NotAnEventError(f"The message is not a CloudEvent: {error}.") from None
    if event.get("specversion") != "1.0":
        raise NotAnEventError("The message is not a CloudEvent: its specversion is not 1.0.")
    for name in ("id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise NotAnEventError(f"The message is not a CloudEvent: {name} is missing, empty or not a text.")
    for name in ("subject", "time", "datacontenttype"):
        if not isinstance(event.get(name, ""), str):
            raise NotAnEventError(f"The message is not a CloudEvent: {name} is not a text.")
    if not isinstance(event.get("data"), dict):
        raise NotAnEventError("The message is not an event of depthdrop: it has no data.")
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
        """The event in `message`. Raises NotAnEventError."""
        return read_event(self.message)


@dataclass(frozen=True, slots=True)
class SubscriptionConfirmation(_FromTopic):
    """SNS asks this receiver to confirm its subscription. `Verifier.confirm` does; without it there is none."""

    timestamp: datetime
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnsubscribeConfirmation(_FromTopic):
    """The subscription has ended. The token is left out, because it would subscribe again."""

    timestamp: datetime


@dataclass(frozen=True, slots=True)
class RawNotification(_FromTopic):
    """A raw delivery, without a signature: trust it only as far as you trust the network to this receiver."""

    message: str = field(repr=False)

    def event(self) -> CloudEvent:
        """The event in `message`. Raises NotAnEventError."""
        return read_event(self.message)


Message = Notification | SubscriptionConfirmation | UnsubscribeConfirmation | RawNotification
