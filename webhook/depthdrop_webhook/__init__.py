"""Verifies the messages that Amazon SNS posts to a webhook.

    verifier = Verifier("arn:aws:sns:us-east-1:123456789012:depthdrop")

    with verifier.receive(body, headers) as message:  # raises WebhookError; answer its http_status
        match message:
            case SubscriptionConfirmation():
                verifier.confirm(message)
            case Notification():
                handle(message.event())

This folder needs only `cryptography`, and nothing else of this project. Copy it or install it.
"""

from .certificates import SigningCertificate
from .download import DownloadError, Fetch, HttpsDownload
from .errors import (
    BadSignatureError,
    MalformedError,
    NotAnEventError,
    OutsideWindowError,
    RefusedError,
    RepeatedError,
    UnavailableError,
    UnsignedError,
    UntrustedCertificateError,
    WeakSignatureError,
    WebhookError,
    WrongTopicError,
)
from .messages import (
    CloudEvent,
    Message,
    Notification,
    RawNotification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
    read_event,
)
from .replay import MemorySeen, Seen, Turn
from .verifier import Verifier

__all__ = [
    "BadSignatureError",
    "CloudEvent",
    "DownloadError",
    "Fetch",
    "HttpsDownload",
    "MalformedError",
    "MemorySeen",
    "Message",
    "NotAnEventError",
    "Notification",
    "OutsideWindowError",
    "RawNotification",
    "RefusedError",
    "RepeatedError",
    "Seen",
    "SigningCertificate",
    "SubscriptionConfirmation",
    "Turn",
    "UnavailableError",
    "UnsignedError",
    "UnsubscribeConfirmation",
    "UntrustedCertificateError",
    "Verifier",
    "WeakSignatureError",
    "WebhookError",
    "WrongTopicError",
    "read_event",
]
