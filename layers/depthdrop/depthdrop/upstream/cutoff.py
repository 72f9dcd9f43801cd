"""Ends an exchange at its deadline: httpx limits each read only, and an answer byte by byte could take hours."""

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any, Self

_CONNECTED = "connection.connect_tcp.complete"  # www.encode.io/httpcore/extensions/#trace


class Connections(list[socket.socket]):
    """Duplicates of the sockets of connections, closed with this list."""

    def close(self) -> None:
        for connection in self:
            connection.close()
        self.clear()

    def __del__(self) -> None:
        self.close()


class Cutoff:
    """Context manager that shuts the connections opened inside it, after `seconds`.

    Give its `trace` to httpx as the extension of that name. A client that keeps its one connection for the next
    exchange gives the same `kept` each time, and the connection in it is shut too. It says `whole` when the answer
    was read to its end: only then is the connection used again.
    """

    def __init__(self, seconds: float, kept: Connections | None = None) -> None:
        self.over = self.whole = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._is_kept = kept is not None
        self._sockets = Connections() if kept is None else kept

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember a new connection. TLS takes its socket over, so a duplicate of the socket is kept."""
        if event == _CONNECTED:
            with self._lock:
                if self._is_kept:  # the one before was closed
                    self._sockets.close()
                self._sockets.append(info["return_value"].get_extra_info("socket").dup())
                if self.over:
                    self._shut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if not (self._is_kept and self.whole):
                self._sockets.close()

    def _end(self) -> None:
        with self._lock:
            self.over = True
            self._shut()

    def _shut(self) -> None:
        for connection in self._sockets:
            with contextlib.suppress(OSError):  # the other side closed it before
                connection.shutdown(socket.SHUT_RDWR)
