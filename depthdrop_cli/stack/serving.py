"""Serves an ASGI application on loopback sockets, in a thread. Requested addresses are never logged."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from depthdrop_cli.terminal.errors import CliError

_START_SECONDS = 60.0  # a start takes about a tenth of a second, and longer on a busy machine
_GRACE_SECONDS = 2  # for running answers at a stop; uvicorn wants a whole number
_PLAIN = {"ws": "none", "lifespan": "off", "log_config": None, "access_log": False, "server_header": False}


@contextlib.contextmanager
def serving(
    app: Any, *sockets: socket.socket, on_shutdown: Callable[[], object] = lambda: None, **options: Any
) -> Iterator[None]:
    """Serve `app` on these bound sockets until the block ends. `options` are those of `uvicorn.Config`.

    `on_shutdown` is called in the server's thread at the moment when it stops to accept connections; it must end
    those that never end by themselves. Raises CliError when the server does not start.
    """
    config: Any = {**_PLAIN, "timeout_graceful_shutdown": _GRACE_SECONDS, **options}
    server = _Server(uvicorn.Config(app, **config))
    server.on_shutdown = on_shutdown
    # `access_log` alone is not enough: a root logger in the same process would still get each address.
    logging.getLogger("uvicorn.access").disabled = True
    thread = threading.Thread(target=server.run, args=([*sockets],), name="local-server", daemon=True)
    thread.start()
    end = time.monotonic() + _START_SECONDS
    try:
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                raise CliError("A server on this machine did not start; try again.")
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    on_shutdown: Callable[[], object]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Nothing is awaited between the two calls, so that no page asks again in between."""
        self.on_shutdown()
        await super().shutdown(sockets)
