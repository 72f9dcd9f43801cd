"""The web service: limits the size and the time of a body, and answers in a thread."""

import asyncio
import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from depthdrop_webhook import Fetch, HttpsDownload

from .development import development_fetch
from .handle import handle
from .receiver import Answer, Receiver
from .settings import ServiceSettings, make_verifier
from .sqlite_inbox import SqliteInbox

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
