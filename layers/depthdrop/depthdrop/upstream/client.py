"""The only module that speaks HTTP to the upstream. It reports what it observed and judges nothing.

Bodies are read as they come and counted; a content encoding is not undone, as a few bytes can hide gigabytes.
The key is sent to the base URL's origin only: no redirect is followed, and a task is polled by its id unless its
polling URL has the same origin.
"""

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import httpx

from depthdrop.upstream.answer import Answer, NoAnswer, Observation, is_encoded
from depthdrop.upstream.cutoff import Connections, Cutoff

if TYPE_CHECKING:
    from depthdrop.upstream.request import PostRequest

_CONNECT_SECONDS = 5.0
_POLL_READ_SECONDS = 8.0
_BODY_MAX = 256 * 1024
_URL_MAX = 2048
_KEPT_HEADERS = ("retry-after", "content-type")
_NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.ProxyError,
)

ClientFactory = Callable[[], httpx.Client]

for _name in ("httpx", "httpcore"):  # they log links, signatures included
    logging.getLogger(_name).setLevel(logging.WARNING)


def make_client() -> httpx.Client:
    """No redirects, no retries, no proxy and no credentials from the environment."""
    return httpx.Client(
        follow_redirects=False,
        trust_env=False,
        transport=httpx.HTTPTransport(verify=_certificates(), retries=0, trust_env=False),
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Read once for all clients: reading them takes longer than everything else that makes a client."""
    return httpx.create_ssl_context(trust_env=False)


class BodyBrokenError(httpx.WriteError):
    """The disk failed while a body was being sent: the upstream has a part of it."""


@dataclass(frozen=True)
class Upstream:
    """A client for one base URL. Times are seconds."""

    base_url: str
    make: ClientFactory = make_client
    monotonic: Callable[[], float] = time.monotonic
    _kept: Connections = field(default_factory=Connections, compare=False)  # the poll client's one

    @cached_property
    def _poll_client(self) -> httpx.Client:
        return self.make()

    def load_certificates(self) -> None:
        """Load everything that a request needs, such as certificates. An error here has sent nothing."""
        self.make().close()

    def post(self, request: "PostRequest", key: str, seconds: float) -> Observation:
        """Send one edit once, over a new connection, and read the answer within `seconds`."""
        url = f"{self.base_url}/flux/v1/{quote(request.wire_name, safe='')}"
        with self.make() as client:
            return self._exchange(client, Cutoff(seconds), url, key, seconds, request)

    def get_result(self, task_id: str, polling_url: str | None, key: str, seconds: float) -> Observation:
        """Look at a task once."""
        by_id = f"{self.base_url}/flux/v1/get_result?id={quote(task_id, safe='')}"
        url = polling_url if polling_url and self._same_origin(polling_url) else by_id
        most = min(seconds, _POLL_READ_SECONDS)
        return self._exchange(self._poll_client, Cutoff(most, self._kept), url, key, most)

    def _same_origin(self, url: str) -> bool:
        if len(url) > _URL_MAX or not (url.isascii() and url.isprintable()):
            return False
        try:
            ours, theirs = urlsplit(self.base_url), urlsplit(url)
            same = (ours.scheme, ours.hostname, ours.port) == (theirs.scheme, theirs.hostname, theirs.port)
        except ValueError:
            return False
        return same and theirs.username is None

    def _exchange(
        self,
        client: httpx.Client,
        cutoff: Cutoff,
        url: str,
        key: str,
        seconds: float,
        request: "PostRequest | None" = None,
    ) -> Observation:
        end = self.monotonic() + seconds
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        method, content = "GET", None
        if request is not None:
            method = "POST"
            headers |= {"Content-Type": "application/json", "Content-Length": str(request.body_bytes())}
            content = self._sent(request.body(), end)
        timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
        try:
            with (
                cutoff,
                client.stream(
                    method,
                    url,
                    headers=headers,
                    content=content,
                    timeout=timeout,
                    extensions={"trace": cutoff.trace},
                ) as response,
            ):
                found = self._read(response, key, lambda: cutoff.over or self.monotonic() > end)
                cutoff.whole = isinstance(found, Answer) and response.is_stream_consumed
                return found
        except _NEVER_CONNECTED as error:
            return NoAnswer(type(error).__name__, started=False)
        except httpx.HTTPError as error:
            return NoAnswer(type(error).__name__)

    def _sent(self, body: Iterable[bytes], end: float) -> Iterator[bytes]:
        """A request whose body is cut off here may have been charged: it is not known how much arrived."""
        try:
            for chunk in body:
                if self.monotonic() > end:
                    raise httpx.WriteTimeout("the body took too long")
                yield chunk
        except OSError as error:
            raise BodyBrokenError("the body cannot be read") from error

    def _read(self, response: httpx.Response, key: str, late: Callable[[], bool]) -> Observation:
        """Of an encoded answer only the status counts; nobody asked for an encoding."""
        body = bytearray()
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        if is_encoded(response.headers.get("content-encoding", "")):
            return Answer(response.status_code, b"", headers)
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _BODY_MAX:
                return NoAnswer("AnswerTooLong")
            if late():
                return NoAnswer("AnswerTooSlow")
        if late():  # a body without a length seems to end where the connection was cut
            return NoAnswer("AnswerTooSlow")
        return Answer(response.status_code, _without_key(bytes(body), key), headers)


def _without_key(body: bytes, key: str) -> bytes:
    """The body with the key replaced: an answer may quote it, and is copied to logs, events and records.

    Also where it is written with JSON's or a URL's escapes, which are undone later.
    """
    for form in {key, quote(key, safe="")} - {""}:
        body = body.replace(form.encode(), b"[key]")
        with suppress(ValueError, RecursionError):  # no JSON: nothing is undone later
            plain, quoted = json.dumps(json.loads(body)), json.dumps(form)[1:-1]
            body = plain.replace(quoted, "[key]").encode() if quoted in plain else body
    return body
