"""SNS's signing certificates: checks a downloaded certificate for a topic, and caches those that are valid.

The main proof is the download over TLS from the topic's own SNS host: SNS publishes the certificate without its
chain. Its name, dates and key are always checked. With `roots`, the certificates of the file must also form a chain
to one of them; an issuer that is not in the file can be among the roots.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from .download import DownloadError, Fetch
from .errors import UnavailableError, UntrustedCertificateError
from .topic import Topic

_KEY_BITS = range(2048, 8193)
_MAX_CERTIFICATES = 10
_PATIENCE_SECONDS = 10.0
_MINUTE = timedelta(minutes=1)
_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    key: RSAPublicKey
    not_before: datetime
    not_after: datetime


def judge_certificate(
    pem: bytes, topic: Topic, roots: Sequence[x509.Certificate], now: datetime
) -> SigningCertificate:
    """Check a downloaded certificate at the time `now`. Raises UntrustedCertificateError."""
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


class CertificateCache:
    """Caches some certificates by address for 24 hours. One caller downloads at a time, and few times a minute.

    The limit is against forgers: an invented name on the right host can be refused only after a download. Messages
    whose certificate is cached do not wait for downloads.
    """

    def __init__(
        self,
        fetch: Fetch,
        judge: Callable[[bytes, datetime], SigningCertificate],
        *,
        capacity: int = 8,
        downloads_per_minute: int = 20,
    ) -> None:
        self._fetch, self._judge = fetch, judge
        self._capacity, self._limit = capacity, downloads_per_minute
        self._certificates: OrderedDict[str, tuple[datetime, SigningCertificate]] = OrderedDict()
        self._downloads: deque[datetime] = deque()
        self._lock = threading.Lock()
        self._downloading = threading.Lock()

    def key(self, url: str, now: datetime) -> RSAPublicKey:
        """The public key of the certificate at `url`. Raises UntrustedCertificateError, UnavailableError."""
        cached = self._cached(url, now)
        if cached is not None:
            return cached
        if not self._downloading.acquire(timeout=_PATIENCE_SECONDS):
            raise UnavailableError("Other certificates are being downloaded; deliver the message again.")
        try:
            return self._cached(url, now) or self._download(url, now)
        finally:
            self._downloading.release()

    def _cached(self, url: str, now: datetime) -> RSAPublicKey | None:
        with self._lock:
            downloaded, certificate = self._certificates.get(url, (None, None))
            if downloaded is None or certificate is None:
                return None
            if not downloaded <= now <= downloaded + _LIFETIME or now > certificate.not_after:
                del self._certificates[url]
                return None
            self._certificates.move_to_end(url)
            return certificate.key

    def _download(self, url: str, now: datetime) -> RSAPublicKey:
        while self._downloads and not now - _MINUTE < self._downloads[0] <= now:
            self._downloads.popleft()
        if len(self._downloads) >= self._limit:
            raise UnavailableError("Too many unknown certificates were requested; deliver the message again later.")
        self._downloads.append(now)
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
            self._certificates[url] = (now, certificate)
            while len(self._certificates) > self._capacity:
                self._certificates.popitem(last=False)
        return certificate.key
