"""The web service: limits the time of a connection, the size and the time of a body, and answers in a thread."""

import asyncio
import logging
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from depthdrop_webhook import Fetch, HttpsDownload

from .development import development_fetch
from .handle import handle
from .receiver import Answer, Receiver
from .settings import ServiceSettings, make_verifier
from .sqlite_inbox import SqliteInbox

_HEAD_SECONDS = 10.0
_BODY_SECONDS = 10.0
log = logging.getLogger("webhook")


def make_receiver(settings: ServiceSettings) -> Receiver:
    """The receiver of these settings. Raises SettingsError, sqlite3.Error."""
    fetch: Fetch = HttpsDownload()
    if settings.development_signer is not None:
        fetch = development_fetch(settings)
        log.warning("DEVELOPMENT: %s stands in for SNS. Nothing is proven.", settings.development_signer)
    return Receiver(make_verifier(settings, fetch), SqliteInbox(settings.database), handle)


def make_service(receiver: Receiver, path: str, body_seconds: float = _BODY_SECONDS) -> Starlette:
    async def take(request: Request) -> Response:
        body = await _body(request, receiver.verifier.max_bytes, body_seconds)
        if isinstance(body, Answer):
            return PlainTextResponse(body.text, body.status, {"Connection": "close"})
        answer = await run_in_threadpool(receiver.answer, body, request.headers)
        return PlainTextResponse(answer.text, answer.status)

    async def healthy(_: Request) -> Response:
        return PlainTextResponse("ok")

    routes = [Route(path, take, methods=["POST"]), Route("/healthz", healthy, methods=["GET"])]
    return Starlette(routes=routes)


class Protocol(H11Protocol):
    """uvicorn's, and it closes a connection that has not sent a whole request's head in time.

    A silent connection takes the place of one that has something to say. There is one request for each connection:
    see `SERVER_OPTIONS`.
    """

    seconds = _HEAD_SECONDS

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.loop.call_later(self.seconds, self._close_silent)

    def _close_silent(self) -> None:
        cycle: object = self.cycle  # None before the first request, whatever its annotation says
        if cycle is None and not self.transport.is_closing():
            self.transport.close()


SERVER_OPTIONS: Any = {
    "http": Protocol,
    "headers": [("Connection", "close")],
    "limit_concurrency": 1000,  # connections; more are answered 503, and SNS sends them again
    "server_header": False,
    "log_config": None,
}


async def _body(request: Request, max_bytes: int, seconds: float) -> bytes | Answer:
    """The body, counted as it is received: Content-Length may be wrong."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    return Answer(413, "too large")
    except TimeoutError:
        return Answer(408, "too slow")
    return bytes(body)
