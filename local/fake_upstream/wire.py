"""Answers that break HTTP on purpose: resets, stalls, truncated and endless bodies.

ASGI has no word for "drop the connection", so the server's protocol class puts its transport into each
request's state and the responses here reach for it. uvicorn reads `connection_made` and `shutdown` from the
class, so both seams are public asyncio protocol methods and no private name of uvicorn's is used.
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Iterable
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.fake_upstream.clock import Clock

# SO_LINGER on with zero seconds: closing sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class AbortableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that lends its transport to the app and never lingers at shutdown."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def shutdown(self) -> None:
        # A stalled or dripping answer would hold the server open; this is a stand-in, so it just ends.
        if self.cycle is None or self.cycle.response_complete:
            super().shutdown()
        else:
            self.transport.abort()


async def disconnected(receive: Receive) -> None:
    """Wait until the client is gone, reading off whatever it still sends."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


@contextlib.asynccontextmanager
async def _watching(receive: Receive) -> AsyncIterator[asyncio.Future[None]]:
    gone = asyncio.ensure_future(disconnected(receive))
    try:
        yield gone
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise RuntimeError("this fault needs the real server: there is no connection to break")
    if transport.is_closing():
        return  # the client was faster
    if reset:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    else:
        transport.close()  # flushes what was written, then FIN
    await disconnected(receive)


class Reset(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        await _cut(scope, receive, reset=True)


class Nothing(Response):
    """No answer, because nobody is there to read one."""

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        return


class Stall(Response):
    """No answer at all until the client leaves; after `seconds` the connection is reset."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        try:
            await asyncio.wait_for(disconnected(receive), self.seconds)
        except TimeoutError:
            await _cut(scope, receive, reset=True)


class Slow(Response):
    """Another answer, after `seconds`."""

    def __init__(self, answer: Response, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.answer, self.clock, self.seconds = answer, clock, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.clock.sleep(self.seconds)
        await self.answer(scope, receive, send)


class Partial(Response):
    """A body that stops short of its Content-Length, by an orderly close or a reset."""

    def __init__(self, body: bytes, media_type: str, *, reset: bool) -> None:
        super().__init__(body, media_type=media_type)
        self.reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body[: max(1, len(self.body) // 2)])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        if self.reset:
            await asyncio.sleep(0.05)  # a reset discards what the client has not read yet: let half arrive
        await _cut(scope, receive, reset=self.reset)


class Drip(Response):
    """A whole body in small pieces over `seconds`; it stops when the client leaves."""

    pieces = 20

    def __init__(self, body: bytes, media_type: str, clock: Clock, seconds: float) -> None:
        super().__init__(body, media_type=media_type)
        self.clock, self.seconds = clock, seconds

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        body = bytes(self.body)
        step = -(-len(body) // self.pieces)
        async with _watching(receive) as gone:
            for start in range(0, len(body), step):
                await self.clock.sleep(self.seconds / self.pieces)
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": body[start : start + step], "more_body": True})
            await send({"type": "http.response.body", "body": b""})


class Chunks(Response):
    """A body without a Content-Length, made while it is sent; it stops when the client leaves."""

    def __init__(self, chunks: Iterable[bytes], headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        self.chunks = chunks

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with _watching(receive) as gone:
            for chunk in self.chunks:
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await asyncio.sleep(0)  # lets a disconnect be noticed
            await send({"type": "http.response.body", "body": b""})


class Json(Response):
    """JSON with a status."""

    def __init__(self, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(json.dumps(content), status, headers, "application/json")
