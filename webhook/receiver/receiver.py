"""Answers a delivery, for the web service and for the Lambda function."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from depthdrop_webhook import (
    CloudEvent,
    Message,
    RepeatedError,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
    Verifier,
    WebhookError,
)

log = logging.getLogger("webhook")
Work = Callable[[CloudEvent], None]


class Inbox(Protocol):
    """Remembers handled events permanently."""

    def take(self, event: CloudEvent, work: Work) -> bool:
        """Do the work, unless it was done for this event's id. If the work raises, the event is not recorded."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to SNS, which sends the message again after 5xx only."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Receiver:
    verifier: Verifier
    inbox: Inbox
    work: Work

    def answer(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            with self.verifier.receive(body, headers) as message:
                return Answer(200, self._take(message))
        except RepeatedError as repeat:
            return Answer(repeat.http_status, repeat.code)
        except WebhookError as error:
            log.warning("%s: %s", error.code, error)
            return Answer(error.http_status, error.code)
        except Exception:  # an error of our own: 500 makes SNS send it again
            log.exception("A verified message could not be handled.")
            return Answer(500, "failed")

    def _take(self, message: Message) -> str:
        if isinstance(message, SubscriptionConfirmation):
            self.verifier.confirm(message)
            log.info("Subscribed to %s.", message.topic_arn)
            return "confirmed"
        if isinstance(message, UnsubscribeConfirmation):
            log.warning("The subscription to %s has ended.", message.topic_arn)
            return "noted"
        return "handled" if self.inbox.take(message.event(), self.work) else "repeated"
