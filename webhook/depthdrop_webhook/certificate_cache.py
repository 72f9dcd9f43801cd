"""Certificates by address: few, for a while, downloaded by one caller at a time and not more than some a minute.

The limit is for forgers: an address with a made-up name has the right host, so it costs a download to refuse it.
Messages whose certificate is known are not held up by that.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .certificates import SigningCertificate
from .download import DownloadError, Fetch
from .errors import UnavailableError, UntrustedCertificateError

_PATIENCE_SECONDS = 10.0
_MINUTE = timedelta(minutes=1)


class CertificateCache:
    def __init__(
        self,
        fetch: Fetch,
        judge: Callable[[bytes, datetime], SigningCertificate],
        *,
        capacity: int = 8,
        lifetime: timedelta = timedelta(hours=24),
        downloads_per_minute: int = 20,
    ) -> None:
        self._fetch, self._judge = fetch, judge
        self._capacity, self._lifetime, self._limit = capacity, lifetime, downloads_per_minute
        self._known: OrderedDict[str, tuple[datetime, SigningCertificate]] = OrderedDict()
        self._downloads: deque[datetime] = deque()
        self._lock = threading.Lock()
        self._downloading = threading.Lock()

    def key(self, url: str, now: datetime) -> RSAPublicKey:
        """Raises UntrustedCertificateError, UnavailableError."""
        known = self._fresh(url, now)
        if known is not None:
            return known
        if not self._downloading.acquire(timeout=_PATIENCE_SECONDS):
            raise UnavailableError("Other certificates are being downloaded; deliver the message again.")
        try:
            return self._fresh(url, now) or self._new(url, now)
        finally:
            self._downloading.release()

    def _fresh(self, url: str, now: datetime) -> RSAPublicKey | None:
        with self._lock:
            downloaded, certificate = self._known.get(url, (None, None))
            if downloaded is None or certificate is None:
                return None
            if not downloaded <= now <= downloaded + self._lifetime or now > certificate.not_after:
                del self._known[url]
                return None
            self._known.move_to_end(url)
            return certificate.key

    def _new(self, url: str, now: datetime) -> RSAPublicKey:
        while self._downloads and not now - _MINUTE < self._downloads[0] <= now:
            self._downloads.popleft()
        if len(self._downloads) >= self._limit:
            raise UnavailableError("Too many unknown certificates were asked for; deliver the message again later.")
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
            self._known[url] = (now, certificate)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return certificate.key
