"""A server on loopback that answers with whatever bytes it is given, and counts what it is asked.

The fake upstream speaks HTTP as it should; this one need not.
"""

import contextlib
import re
import socket
import struct
import threading
from collections import Counter
from typing import Self

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing sends RST
_PATIENCE_SECONDS = 120.0  # only a test that hangs takes so long


class RawServer:
    """`answers` has what each method gets, as raw bytes; no bytes are a reset. A connection is used once."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, which waits for a connection
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_PATIENCE_SECONDS)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += (piece := connection.recv(65536))
            if not piece:
                return
        head, _, body = request.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        missing = int(length[1]) - len(body) if length else 0
        while missing > 0 and (piece := connection.recv(65536)):
            missing -= len(piece)
        method = head.partition(b" ")[0].decode()
        self.asked[method] += 1
        answer = self.answers[method]
        if not answer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return
        connection.sendall(answer)
