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

# `as` says that a name is meant for users of this package.
from .certificates import SigningCertificate as SigningCertificate
from .download import DownloadError as DownloadError
from .download import Fetch as Fetch
from .download import HttpsDownload as HttpsDownload
from .errors import BadSignatureError as BadSignatureError
from .errors import MalformedError as MalformedError
from .errors import NotAnEventError as NotAnEventError
from .errors import OutsideWindowError as OutsideWindowError
from .errors import RefusedError as RefusedError
from .errors import RepeatedError as RepeatedError
from .errors import UnavailableError as UnavailableError
from .errors import UnsignedError as UnsignedError
from .errors import UntrustedCertificateError as UntrustedCertificateError
from .errors import WeakSignatureError as WeakSignatureError
from .errors import WebhookError as WebhookError
from .errors import WrongTopicError as WrongTopicError
from .messages import CloudEvent as CloudEvent
from .messages import Message as Message
from .messages import Notification as Notification
from .messages import RawNotification as RawNotification
from .messages import SubscriptionConfirmation as SubscriptionConfirmation
from .messages import UnsubscribeConfirmation as UnsubscribeConfirmation
from .messages import read_event as read_event
from .replay import MemorySeen as MemorySeen
from .replay import Seen as Seen
from .replay import Turn as Turn
from .verifier import Verifier as Verifier
