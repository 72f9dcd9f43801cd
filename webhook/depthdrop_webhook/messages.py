"""What a verified delivery is. Only what the signature covers is here: message attributes are not among it."""

from dataclasses import dataclass, field
from datetime import datetime

from .cloud_event import CloudEvent, read_event


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
