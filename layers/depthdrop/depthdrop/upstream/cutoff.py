"""Ends an exchange at its deadline: httpx limits each read only, and an answer byte by byte could take hours."""

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any, Self

_CONNECTED = "connection.connect_tcp.complete"  # www.encode.io/httpcore/extensions/#trace


class Cutoff:
    """Context manager that shuts the connections opened inside it, after `seconds`.

    Give its `trace` to httpx as the extension of that name. A reused connection is not opened, so it is not shut.
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember a new connection. TLS takes its socket over, so a duplicate of the socket is kept."""
        if event == _CONNECTED:
            with self._lock:
                self._sockets.append(info["return_value"].get_extra_info("socket").dup())
                if self.over:
                    self._shut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def _end(self) -> None:
        with self._lock:
            self.over = True
            self._shut()

    def _shut(self) -> None:
        for connection in self._sockets:
            with contextlib.suppress(OSError):  # the other side closed it before
                connection.shutdown(socket.SHUT_RDWR)
