"""Serves an ASGI application on loopback sockets, in a thread."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn

_START_SECONDS = 60.0  # a start takes about a tenth of a second, and longer on a busy machine
_GRACE_SECONDS = 2  # for running answers at a stop; uvicorn wants a whole number
_PLAIN: Any = {"ws": "none", "lifespan": "off", "log_config": None, "access_log": False, "server_header": False}


@contextlib.contextmanager
def serving(app: Any, *sockets: socket.socket, **options: Any) -> Iterator[None]:
    """Serve `app` on these bound sockets until the block ends. `options` are those of `uvicorn.Config`.

    Raises RuntimeError when the server does not start.
    """
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=_GRACE_SECONDS, **_PLAIN, **options))
    thread = threading.Thread(target=server.run, args=([*sockets],), name="local-server")
    thread.start()
    end = time.monotonic() + _START_SECONDS
    try:
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                raise RuntimeError("A local server did not start.")
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        thread.join()
