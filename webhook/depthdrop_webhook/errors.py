"""Why a delivery is not handed on.

WebhookError
├── RefusedError                    not from the topic, or not as it was sent: delivering it again cannot help
│   ├── MalformedError              no SNS message
│   ├── WrongTopicError             of another topic
│   ├── OutsideWindowError          too old, or from the future
│   ├── WeakSignatureError          signed with SHA-1 where SHA-256 is required
│   ├── UntrustedCertificateError   its certificate is not one of SNS
│   ├── BadSignatureError           the signature does not fit
│   ├── UnsignedError               raw delivery, which carries no signature
│   └── NotAnEventError             from the topic, but no event
├── RepeatedError                   handled before
└── UnavailableError                could not be decided now: delivering it again helps

`http_status` is the answer that SNS should get: it retries after 5xx, gives up after 4xx, is content with 2xx.
No message repeats a signature, a token or anything else of what was delivered: it may be logged.
"""

from typing import ClassVar


class WebhookError(Exception):
    """The message is one or two sentences: what is wrong and what would be right."""

    code: ClassVar[str] = "webhook"
    http_status: ClassVar[int] = 500


class RefusedError(WebhookError):
    code = "refused"
    http_status = 403


class MalformedError(RefusedError):
    code = "malformed"
    http_status = 400


class WrongTopicError(RefusedError):
    code = "wrong_topic"


class OutsideWindowError(RefusedError):
    code = "outside_window"


class WeakSignatureError(RefusedError):
    code = "weak_signature"


class UntrustedCertificateError(RefusedError):
    code = "untrusted_certificate"


class BadSignatureError(RefusedError):
    code = "bad_signature"


class UnsignedError(RefusedError):
    code = "unsigned"


class NotAnEventError(RefusedError):
    code = "not_an_event"
    http_status = 422


class RepeatedError(WebhookError):
    code = "repeated"
    http_status = 200


class UnavailableError(WebhookError):
    code = "unavailable"
    http_status = 503
