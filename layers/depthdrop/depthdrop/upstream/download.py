"""Downloads a finished picture into a file. It must be small enough, whole, on time, and a picture."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import httpx

from depthdrop.drop.formats import FORMATS, format_of
from depthdrop.picture.content import FileContent
from depthdrop.picture.parts import has_end
from depthdrop.upstream.answer import is_encoded
from depthdrop.upstream.client import ClientFactory, make_client
from depthdrop.upstream.cutoff import Cutoff
from depthdrop.upstream.result_link import SafeLink

MAX_BYTES = 100 * 1024 * 1024
_TOO_LARGE = "it is larger than 100 MiB"
LONGEST_SECONDS = 120.0
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 15.0
_HEAD_BYTES = 1024  # enough to recognise the format


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The whole picture is in the file."""

    format: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """The storage no longer knows the link (HTTP 401, 403, 404 or 410)."""


@dataclass(frozen=True, slots=True)
class DownloadFailed:
    """The picture did not arrive whole. Trying again may help."""

    reason: str


Fetched = Downloaded | LinkExpired | DownloadFailed
_TOO_SLOW = DownloadFailed(f"it took longer than {LONGEST_SECONDS:.0f} seconds")


def download(
    link: SafeLink,
    into: BinaryIO,
    make: ClientFactory = make_client,
    monotonic: Callable[[], float] = time.monotonic,
) -> Fetched:
    """Stream the link's body into the file. Raises OSError when the disk is full."""
    end = monotonic() + LONGEST_SECONDS
    cutoff = Cutoff(LONGEST_SECONDS)
    netloc = f"[{link.address}]" if ":" in link.address else link.address
    try:
        url = httpx.URL(link.url).copy_with(host=netloc, port=link.port)
        host = httpx.URL(link.url).netloc.decode()
    except (httpx.InvalidURL, ValueError):  # httpx is stricter than urlsplit, which judged the link
        return DownloadFailed("its link is not a URL")
    try:
        with (
            cutoff,
            make() as client,
            client.stream(
                "GET",
                url,
                # No key: the link's host is not the upstream's.
                headers={"Host": host, "Accept": "image/*", "Accept-Encoding": "identity"},
                timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
                extensions={"sni_hostname": link.host, "trace": cutoff.trace},
            ) as response,
        ):
            return _receive(response, into, lambda: cutoff.over or monotonic() > end)
    except httpx.HTTPError as error:
        return _TOO_SLOW if cutoff.over else DownloadFailed(f"the download broke off ({type(error).__name__})")


def _receive(response: httpx.Response, into: BinaryIO, late: Callable[[], bool]) -> Fetched:
    """Write the body into the file, and judge it."""
    if response.status_code in {401, 403, 404, 410}:
        return LinkExpired()
    if complaint := _complaint(response):
        return DownloadFailed(complaint)
    size = 0
    for chunk in response.iter_raw(64 * 1024):
        size += len(chunk)
        if size > MAX_BYTES:
            return DownloadFailed(_TOO_LARGE)
        if late():  # after the last chunk too: a body without a length seems to end where the connection was cut
            return _TOO_SLOW
        into.write(chunk)
    promised = response.headers.get("content-length")
    if promised is not None and promised != str(size):
        return DownloadFailed(f"{promised} bytes were promised and {size} arrived")
    content = FileContent(into, size)
    kind = format_of(content[:_HEAD_BYTES])
    if kind is None:
        return DownloadFailed("it is not a picture")
    if not has_end(kind, content):  # httpx cuts a body that is longer than its Content-Length
        return DownloadFailed("it ends before the picture does")
    return Downloaded(kind, FORMATS[kind].content_type, size)


def _complaint(response: httpx.Response) -> str | None:
    if response.status_code != 200:
        return f"the storage answered HTTP {response.status_code}"
    if is_encoded(response.headers.get("content-encoding", "")):
        return "it is compressed, although that was not requested"
    promised = response.headers.get("content-length", "")
    if promised.isdigit() and int(promised) > MAX_BYTES:
        return _TOO_LARGE
    return None
