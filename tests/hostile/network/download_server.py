"""A storage on loopback that answers as badly as it is configured, until its client leaves."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

from tests.support.scripted import EDITED

HANG_SECONDS = 120.0  # only a test that hangs takes so long
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing sends RST


class Connection:
    """The server's end, after the request was read."""

    def __init__(self, raw: socket.socket, closing: threading.Event, outlasted: threading.Event) -> None:
        self._raw, self._closing, self._outlasted = raw, closing, outlasted

    def send(self, *parts: bytes) -> None:
        """Raises OSError when the client has gone."""
        for part in parts:
            self._raw.sendall(part)

    def next_request(self) -> None:
        """Wait until the client sends another request over this connection."""
        request = b""
        while b"\r\n\r\n" not in request and (piece := self._raw.recv(65536)):
            request += piece

    def pause(self, seconds: float) -> None:
        """Raises OSError when the test is over."""
        if self._closing.wait(seconds):
            raise ConnectionAbortedError

    def outlasted(self) -> None:
        """The client is still there after the longest time that the server may take."""
        self._outlasted.set()

    def reset(self) -> None:
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


Manner = Callable[[Connection], object]


class HostileServer:
    """Treats each connection in the same manner and closes it then; `at_once` before it has read a request."""

    def __init__(self, manner: Manner, *, at_once: bool = False) -> None:
        self._at_once = at_once
        self._manner = manner
        self._closing, self._outlasted = threading.Event(), threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}"

    @property
    def outlasted(self) -> bool:
        """Whether a client waited until a slow manner was over, instead of leaving at its own deadline."""
        return self._outlasted.is_set()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread, which waits for a connection
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._talk, args=(raw,), daemon=True))
            self._threads[-1].start()

    def _talk(self, raw: socket.socket) -> None:
        with raw, contextlib.suppress(OSError):
            raw.settimeout(HANG_SECONDS)
            request = b""
            while not self._at_once and b"\r\n\r\n" not in request and (piece := raw.recv(65536)):
                request += piece
            self._manner(Connection(raw, self._closing, self._outlasted))


def head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: image/jpeg", *headers, "", ""]).encode()


def whole(connection: Connection) -> None:
    connection.send(head(f"Content-Length: {len(EDITED)}"), EDITED)
