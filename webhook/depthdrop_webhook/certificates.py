"""Whether a downloaded certificate is one that SNS signs messages with for a topic.

That it came over TLS from the topic's own SNS host is the main proof: SNS publishes the certificate without its
chain. Its name, dates and key are always checked. With roots given, the chain up to one of them is demanded too,
through what the file carries; an issuer that it does not carry can stand among the roots.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from .errors import UntrustedCertificateError
from .topic import Topic

_KEY_BITS = range(2048, 8193)
_MAX_CERTIFICATES = 10


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    key: RSAPublicKey
    not_before: datetime
    not_after: datetime


def judge_certificate(
    pem: bytes, topic: Topic, roots: Sequence[x509.Certificate], now: datetime
) -> SigningCertificate:
    """Raises UntrustedCertificateError."""
    leaf, *above = _certificates(pem)
    names = _names(leaf) & topic.certificate_names
    if not names:
        raise UntrustedCertificateError("The signing certificate is not issued to SNS in the topic's region.")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise UntrustedCertificateError(
            "The signing certificate has expired or is not valid yet; see this clock too."
        )
    if _is_authority(leaf):
        raise UntrustedCertificateError(
            "The signing certificate is an authority's; SNS signs with an end entity's."
        )
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size not in _KEY_BITS:
        raise UntrustedCertificateError("The signing certificate's key is not RSA of 2048 bits or more.")
    if roots:
        _require_chain(leaf, above, min(names), roots, now)
    return SigningCertificate(key, leaf.not_valid_before_utc, leaf.not_valid_after_utc)


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        found = []
    if not 0 < len(found) <= _MAX_CERTIFICATES:
        raise UntrustedCertificateError("What stands at SigningCertURL is no certificate in PEM form.")
    return found


def _names(leaf: x509.Certificate) -> frozenset[str]:
    """Only the alternative names count, without wildcards: SNS's certificates name SNS."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return frozenset(names.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return frozenset()


def _is_authority(leaf: x509.Certificate) -> bool:
    try:
        return leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _require_chain(
    leaf: x509.Certificate,
    above: Sequence[x509.Certificate],
    name: str,
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> None:
    verifier = PolicyBuilder().store(Store(list(roots))).time(now).build_server_verifier(x509.DNSName(name))
    try:
        verifier.verify(leaf, list(above))
    except VerificationError:
        raise UntrustedCertificateError(
            "The signing certificate does not lead to one of the roots that this receiver was given."
        ) from None
