"""Whether a signature fits a text and a key."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .envelope import Envelope
from .errors import BadSignatureError, WeakSignatureError


def require_strength(envelope: Envelope, *, require_sha256: bool) -> None:
    """Raises WeakSignatureError."""
    if require_sha256 and envelope.values["SignatureVersion"] != "2":
        raise WeakSignatureError(
            "The message is signed with SHA-1, this receiver wants SHA-256. Set the topic's SignatureVersion to 2."
        )


def check_signature(envelope: Envelope, key: RSAPublicKey) -> None:
    """Raises BadSignatureError."""
    digest = (
        hashes.SHA256() if envelope.values["SignatureVersion"] == "2" else hashes.SHA1()  # noqa: S303  # SNS's default
    )
    try:
        signature = base64.b64decode(envelope.values["Signature"])
        key.verify(signature, envelope.signed_text, PKCS1v15(), digest)
    except (InvalidSignature, ValueError):
        raise BadSignatureError(
            "The signature does not fit the message: it was not sent by SNS, or was changed on its way."
        ) from None
