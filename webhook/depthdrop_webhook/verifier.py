"""The verifier: returns the message that SNS sent for the expected topic, or raises an error."""

import base64
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .certificates import CertificateCache, judge_certificate
from .download import DownloadError, Fetch, HttpsDownload
from .envelope import Envelope, is_message_id, read_envelope
from .errors import (
    BadSignatureError,
    MalformedError,
    OutsideWindowError,
    RepeatedError,
    UnavailableError,
    UnsignedError,
    UntrustedCertificateError,
    WeakSignatureError,
    WrongTopicError,
)
from .messages import Message, Notification, RawNotification, SubscriptionConfirmation, UnsubscribeConfirmation
from .replay import MemorySeen, Seen, Turn
from .topic import Topic

_NO_HEADERS: Mapping[str, str] = {}


@dataclass(slots=True)
class Verifier:
    """Create one for the whole process: it caches certificates and remembers messages. It is thread-safe.

    max_age: SNS retries a delivery for at most an hour, with the time of the first.
    max_ahead: how far this clock may be behind.
    max_bytes: a message has at most 256 KiB, and JSON inside JSON doubles its quotation marks.
    roots: signing certificates must have a chain to one of these.
    accept_raw: accept raw deliveries, which have no signature.
    Raises ValueError when `topic_arn` is not the ARN of a topic.
    """

    topic_arn: str
    _: KW_ONLY
    require_sha256: bool = False
    max_age: timedelta = timedelta(hours=1, minutes=5)
    max_ahead: timedelta = timedelta(minutes=5)
    max_bytes: int = 1024 * 1024
    roots: Sequence[x509.Certificate] = ()
    accept_raw: bool = False
    fetch: Fetch = field(default_factory=HttpsDownload)
    seen: Seen = field(default_factory=MemorySeen)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _topic: Topic = field(init=False, repr=False)
    _certificates: CertificateCache = field(init=False, repr=False)

    def __post_init__(self) -> None:
        topic = self._topic = Topic.of(self.topic_arn)
        self._certificates = CertificateCache(
            self.fetch, lambda pem, now: judge_certificate(pem, topic, self.roots, now)
        )

    @contextlib.contextmanager
    def receive(self, body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Iterator[Message]:
        """Verify a delivery and claim it for the block. If the block raises, the next delivery can be handled.

        Raises WebhookError: RepeatedError if it was handled, UnavailableError while it is being handled.
        """
        now = self.clock()
        message = self._verified(body, headers, now)
        turn = self.seen.begin(message.message_id, now, now + self.max_age + self.max_ahead)
        if turn is Turn.DONE:
            raise RepeatedError("The message was handled before.")
        if turn is Turn.BUSY:
            raise UnavailableError("The message is being handled; deliver it again.")
        try:
            yield message
        except BaseException:
            self.seen.release(message.message_id)
            raise
        self.seen.done(message.message_id)

    def verify(self, body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Message:
        """Like `receive`, but repeats are accepted: the caller remembers message ids. Raises WebhookError."""
        return self._verified(body, headers, self.clock())

    def confirm(self, message: SubscriptionConfirmation) -> None:
        """Subscribe, by one GET to the topic's SNS host. Raises UnavailableError."""
        if not isinstance(message, SubscriptionConfirmation):
            raise TypeError("only a SubscriptionConfirmation can be confirmed")
        try:
            self.fetch(self._topic.confirmation_url(message.token))
        except DownloadError as error:
            raise UnavailableError(f"The subscription could not be confirmed: {error}.") from None

    def _verified(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Message:
        plain = {name.lower(): value for name, value in headers.items()}
        if plain.get("x-amz-sns-rawdelivery", "").strip().lower() == "true":
            return self._raw(body, plain)
        envelope = read_envelope(body, self.max_bytes)
        self._require_topic(envelope.values["TopicArn"])
        if self.require_sha256 and envelope.values["SignatureVersion"] != "2":
            raise WeakSignatureError(
                "The message is signed with SHA-1, this receiver requires SHA-256. "
                "Set the topic's SignatureVersion to 2."
            )
        if not now - self.max_age <= envelope.timestamp <= now + self.max_ahead:
            raise OutsideWindowError(
                f"The message is more than {self.max_age} old, or more than {self.max_ahead} ahead of this clock."
            )
        message = self._message(envelope)
        url = envelope.values["SigningCertURL"]
        if not self._topic.is_certificate_url(url):
            raise UntrustedCertificateError(
                f"SigningCertURL is not the address of a certificate on https://{self._topic.host}."
            )
        _check_signature(envelope, self._certificates.key(url, now))
        self._certificates.mark_proven(url)
        return message

    def _message(self, envelope: Envelope) -> Message:
        values = envelope.values
        message_id, timestamp = values["MessageId"], envelope.timestamp
        if envelope.kind == "Notification":
            return Notification(message_id, self.topic_arn, timestamp, values["Message"], values.get("Subject"))
        if not self._topic.is_subscribe_url(values["SubscribeURL"], values["Token"]):
            raise MalformedError(f"SubscribeURL does not confirm this topic's subscription on {self._topic.host}.")
        if envelope.kind == "SubscriptionConfirmation":
            return SubscriptionConfirmation(message_id, self.topic_arn, timestamp, values["Token"])
        return UnsubscribeConfirmation(message_id, self.topic_arn, timestamp)

    def _raw(self, body: bytes, headers: Mapping[str, str]) -> RawNotification:
        if not self.accept_raw:
            raise UnsignedError("The delivery is raw and has no signature. Turn raw message delivery off.")
        self._require_topic(headers.get("x-amz-sns-topic-arn", ""))
        message_id = headers.get("x-amz-sns-message-id", "")
        if len(body) > self.max_bytes or not is_message_id(message_id):
            raise MalformedError(f"The raw delivery has no message id, or has more than {self.max_bytes} bytes.")
        try:
            return RawNotification(message_id, self.topic_arn, body.decode("utf-8"))
        except UnicodeDecodeError:
            raise MalformedError("The raw delivery is not UTF-8.") from None

    def _require_topic(self, arn: str) -> None:
        if arn != self.topic_arn:
            raise WrongTopicError(f"The message is from another topic; this receiver accepts {self.topic_arn}.")


def _check_signature(envelope: Envelope, key: RSAPublicKey) -> None:
    """Raises BadSignatureError."""
    digest = hashes.SHA256() if envelope.values["SignatureVersion"] == "2" else hashes.SHA1()  # noqa: S303  # SNS's default
    try:
        signature = base64.b64decode(envelope.values["Signature"])
        key.verify(signature, envelope.signed_text, PKCS1v15(), digest)
    except (InvalidSignature, ValueError):
        raise BadSignatureError(
            "The signature is not valid: SNS did not send the message, or it was changed afterwards."
        ) from None
