"""Downloads a small file over HTTPS from exactly the named host.

No redirects, no proxies, no compression. The deadline covers everything after the name's resolution, also a slow
body; the size limit includes headers.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

Fetch = Callable[[str], bytes]
Connect = Callable[[str, float], socket.socket]


class DownloadError(Exception):
    """`gone`: the host does not have the file; without it, a retry may succeed."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


def connect_to(host: str, timeout: float) -> socket.socket:
    return socket.create_connection((host, 443), timeout)


@dataclass(frozen=True, slots=True)
class HttpsDownload:
    """A `Fetch`. The default context verifies the host's name against the system's roots."""

    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    connect: Connect = connect_to
    deadline_seconds: float = 5.0
    max_bytes: int = 64 * 1024

    def __call__(self, url: str) -> bytes:
        """The content of the file at `url`. Raises DownloadError."""
        parts = urlsplit(url)
        end = time.monotonic() + self.deadline_seconds
        try:
            with self.connect(parts.netloc, self.deadline_seconds) as plain:
                plain.settimeout(_left(end))
                with self.context.wrap_socket(plain, server_hostname=parts.netloc) as secured:
                    target = parts.path + (f"?{parts.query}" if parts.query else "")
                    secured.sendall(_REQUEST.format(target=target, host=parts.netloc).encode("ascii"))
                    return _body_of(_CappedReader(secured, end, self.max_bytes))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DownloadError(f"{parts.netloc} could not be read ({type(error).__name__})") from None


_REQUEST = (
    "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
    "Accept-Encoding: identity\r\nUser-Agent: depthdrop-webhook\r\n\r\n"
)


class _CappedReader(io.RawIOBase):
    """A socket as a file that raises an error at the deadline or beyond the size limit."""

    def __init__(self, source: socket.socket, end: float, max_bytes: int) -> None:
        self._source, self._end, self._left = source, end, max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._source.settimeout(_left(self._end))
        count = self._source.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise OSError("too much")
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Called by http.client."""
        return io.BufferedReader(self, 4096)


def _body_of(reader: _CappedReader) -> bytes:
    with closing(http.client.HTTPResponse(cast("socket.socket", reader), method="GET")) as response:
        response.begin()
        if response.status in {403, 404, 410}:
            raise DownloadError(f"the host answered HTTP {response.status}", gone=True)
        if response.status != 200:
            raise DownloadError(f"the host answered HTTP {response.status}")
        if response.length is None and not response.chunked:
            raise DownloadError("the host did not say how long the file is")
        return response.read()


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
