"""Why a delivery is not accepted.

WebhookError
├── RefusedError                    not from the topic, or changed: a second delivery cannot succeed
│   ├── MalformedError              not an SNS message
│   ├── WrongTopicError             from another topic
│   ├── OutsideWindowError          too old, or from the future
│   ├── WeakSignatureError          signed with SHA-1 where SHA-256 is required
│   ├── UntrustedCertificateError   the certificate is not one of SNS
│   ├── BadSignatureError           the signature is not valid
│   ├── UnsignedError               raw delivery, which has no signature
│   └── NotAnEventError             from the topic, but not an event
├── RepeatedError                   handled before
└── UnavailableError                cannot be decided now: a second delivery may succeed

`http_status` is the answer to SNS: it retries after 5xx, and stops after 4xx and 2xx. No error's message contains a
signature, a token or other content of the delivery: it may be logged.
"""

from typing import ClassVar


class WebhookError(Exception):
    """The message is one or two sentences: the error, and the correct form."""

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
