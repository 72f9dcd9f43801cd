"""SNS's signing certificates: checks a downloaded certificate for a topic, and caches those that are valid.

The main proof is the download over TLS from the topic's own SNS host: SNS publishes the certificate without its
chain. Its name, dates and key are always checked. With `roots`, the certificates of the file must also form a chain
to one of them; an issuer that is not in the file can be among the roots.
"""

import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from .download import DownloadError, Fetch
from .errors import UnavailableError, UntrustedCertificateError
from .topic import Topic

_KEY_BITS = range(2048, 8193)
_MAX_CERTIFICATES = 10
_PATIENCE_SECONDS = 10.0
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    key: RSAPublicKey
    not_before: datetime
    not_after: datetime


def judge_certificate(
    pem: bytes, topic: Topic, roots: Sequence[x509.Certificate], now: datetime
) -> SigningCertificate:
    """Check a downloaded certificate at the time `now`. Raises UntrustedCertificateError."""
    try:
        return _judged(pem, topic, roots, now)
    except UntrustedCertificateError:
        raise
    except Exception as error:  # a certificate of an odd form makes its parser raise in many ways
        raise UntrustedCertificateError("The signing certificate has a form that cannot be read.") from error


def _judged(pem: bytes, topic: Topic, roots: Sequence[x509.Certificate], now: datetime) -> SigningCertificate:
    leaf, *issuers = _certificates(pem)
    names = _names(leaf) & topic.certificate_names
    if not names:
        raise UntrustedCertificateError("The signing certificate is not issued to SNS in the topic's region.")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise UntrustedCertificateError(
            "The signing certificate has expired or is not valid yet; check this clock too."
        )
    if _is_authority(leaf):
        raise UntrustedCertificateError(
            "The signing certificate is that of an authority; SNS signs with an end entity's."
        )
    if not _may_sign(leaf):
        raise UntrustedCertificateError("The signing certificate's key is not for signatures of a server.")
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size not in _KEY_BITS:
        raise UntrustedCertificateError("The signing certificate's key is not RSA of 2048 bits or more.")
    if roots:
        name = x509.DNSName(min(names))
        try:
            PolicyBuilder().store(Store(list(roots))).time(now).build_server_verifier(name).verify(leaf, issuers)
        except VerificationError:
            raise UntrustedCertificateError(
                "The signing certificate has no chain to one of the roots of this receiver."
            ) from None
    return SigningCertificate(key, leaf.not_valid_before_utc, leaf.not_valid_after_utc)


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        found = []
    if not 0 < len(found) <= _MAX_CERTIFICATES:
        raise UntrustedCertificateError("The file at SigningCertURL is not a certificate in PEM format.")
    return found


def _names(leaf: x509.Certificate) -> frozenset[str]:
    """The subject alternative names; the topic's names are exact, so a wildcard matches none of them."""
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


def _may_sign(leaf: x509.Certificate) -> bool:
    """By its key usages, where it has any; RFC 5280 sets no limits without them."""
    for extension in leaf.extensions:
        match extension.value:
            case x509.KeyUsage(digital_signature=False):
                return False
            case x509.ExtendedKeyUsage() as purposes if ExtendedKeyUsageOID.SERVER_AUTH not in purposes:
                return False
    return True


class CertificateCache:
    """Caches certificates by address until they expire; SNS never changes the content of an address.

    An invented name on the right host can be refused only after a download, so downloads of unknown addresses are
    few, and at random moments: a forger who posts most, or first, cannot keep a new certificate out for good. A
    message whose certificate is cached waits for nothing.
    """

    def __init__(
        self,
        fetch: Fetch,
        judge: Callable[[bytes, datetime], SigningCertificate],
        *,
        capacity: int = 8,
        downloads_per_minute: int = 60,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._fetch, self._judge, self._chance = fetch, judge, chance
        self._capacity, self._mean_pause = capacity, _MINUTE / downloads_per_minute
        self._certificates: OrderedDict[str, SigningCertificate] = OrderedDict()
        self._proven: set[str] = set()
        self._running: dict[str, threading.Lock] = {}
        self._next_at: datetime | None = None
        self._lock = threading.Lock()

    def key(self, url: str, now: datetime) -> RSAPublicKey:
        """The public key of the certificate at `url`. Raises UntrustedCertificateError, UnavailableError."""
        with self._lock:
            cached = self._cached(url, now)
            if cached is not None:
                return cached
            running = self._running.get(url)
            if running is None:
                self._admit(now)
                mine = self._running[url] = threading.Lock()
                mine.acquire()
        if running is not None:
            return self._from_another(running, url, now)
        try:
            return self._download(url, now)
        finally:
            with self._lock:
                del self._running[url]
            mine.release()

    def mark_proven(self, url: str) -> None:
        """A message of SNS was verified with this certificate: it is not removed for one that proved nothing."""
        with self._lock:
            self._proven.add(url)
            self._proven &= self._certificates.keys()

    def _cached(self, url: str, now: datetime) -> RSAPublicKey | None:
        certificate = self._certificates.get(url)
        if certificate is None:
            return None
        if not certificate.not_before <= now <= certificate.not_after:
            del self._certificates[url]
            return None
        self._certificates.move_to_end(url)
        return certificate.key

    def _admit(self, now: datetime) -> None:
        """Raises UnavailableError until the next download is allowed; the clock may have been set back since."""
        if self._next_at is not None and self._next_at - 2 * self._mean_pause <= now < self._next_at:
            raise UnavailableError("Too many unknown certificates were requested; deliver the message again later.")
        self._next_at = now + 2 * self._chance() * self._mean_pause

    def _from_another(self, running: threading.Lock, url: str, now: datetime) -> RSAPublicKey:
        """The result of the download of the same address by another thread."""
        if running.acquire(timeout=_PATIENCE_SECONDS):
            running.release()
        with self._lock:
            cached = self._cached(url, now)
        if cached is None:
            raise UnavailableError("The certificate could not be downloaded just now; deliver the message again.")
        return cached

    def _download(self, url: str, now: datetime) -> RSAPublicKey:
        try:
            pem = self._fetch(url)
        except DownloadError as error:
            if error.gone:
                raise UntrustedCertificateError(
                    "SNS does not have the certificate that SigningCertURL names."
                ) from None
            raise UnavailableError(f"The signing certificate could not be downloaded: {error}.") from None
        certificate = self._judge(pem, now)
        with self._lock:
            self._certificates[url] = certificate
            while len(self._certificates) > self._capacity:
                oldest = next(iter(self._certificates))
                del self._certificates[next((one for one in self._certificates if one not in self._proven), oldest)]
        return certificate.key
