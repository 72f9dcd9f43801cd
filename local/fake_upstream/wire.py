"""Answers that break HTTP on purpose: resets, stalls, delays and truncated bodies.

ASGI cannot drop a connection, so the server's protocol class puts its transport into each request's state, for the
responses here. It overrides only `connection_made` and `shutdown`, and no private name of uvicorn's.
"""

import asyncio
import socket
import struct

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.fake_upstream.clock import Clock

# SO_LINGER on with zero seconds: closing sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class AbortableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that gives the app its transport, and ends at once at shutdown."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def shutdown(self) -> None:
        # A stalled or slow answer would keep the server running.
        if self.cycle is None or self.cycle.response_complete:
            super().shutdown()
        else:
            self.transport.abort()


async def _disconnected(receive: Receive) -> None:
    """Wait until the client has disconnected, and discard what it sends until then."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


async def _cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise RuntimeError("this fault needs the real server: there is no connection to break")
    if transport.is_closing():
        return  # the client disconnected first
    if reset:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    else:
        transport.close()  # flushes what was written, then FIN
    await _disconnected(receive)


class Reset(Response):
    """No answer: the connection is reset after `seconds`, unless the client disconnects before."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        try:
            await asyncio.wait_for(_disconnected(receive), self.seconds)
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
    """A body that ends before its Content-Length, by a normal close or a reset."""

    def __init__(self, body: bytes, media_type: str, *, reset: bool) -> None:
        super().__init__(body, media_type=media_type)
        self.reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        part = bytes(self.body[: max(1, len(self.body) // 2)])
        await send({"type": "http.response.body", "body": part, "more_body": True})
        if self.reset:
            await asyncio.sleep(0.05)  # a reset discards what the client has not read yet: this part must arrive
        await _cut(scope, receive, reset=self.reset)
