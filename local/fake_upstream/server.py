"""Both ports on loopback, in a thread: for tests, for the local runner, and under the command line.

with FakeUpstream(Settings(speed=50)) as fake:
    httpx.post(f"{fake.url}/flux/v1/flux-pro-1-0-depth", ...)
    assert fake.ledger.count == 1
"""

import asyncio
import socket
import threading
import time
from typing import Any, Self

import uvicorn

from local.fake_upstream.app import make_api, make_delivery
from local.fake_upstream.clock import Clock
from local.fake_upstream.settings import LOOPBACK, Settings
from local.fake_upstream.upstream import Upstream
from local.fake_upstream.wire import AbortableProtocol

_START_PATIENCE = 60.0  # seconds; a start takes about a tenth of one, and longer on a busy machine
_GRACE = 2  # seconds for answers in flight at a stop; uvicorn wants a whole number


class FakeUpstream(Upstream):
    """A running fake upstream. Ports are bound when it is made, so a busy one is an OSError here."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        super().__init__(settings, clock)
        self._sockets: list[socket.socket] = []
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None
        try:
            for port in (self.settings.port, self.settings.delivery_port):
                self._sockets.append(_bound(port))
        except OSError:
            self.stop()
            raise
        self.url, self.delivery_url = (f"http://{LOOPBACK}:{one.getsockname()[1]}" for one in self._sockets)
        self.elsewhere = self.delivery_url

    def start(self) -> Self:
        """Serve in a thread; returns when both ports answer.

        Raises:
            RuntimeError: the servers did not come up.

        """
        self._servers = [uvicorn.Server(_config(app)) for app in (make_api(self), make_delivery(self))]
        self._thread = threading.Thread(target=self._run, name="fake-upstream")
        self._thread.start()
        deadline = time.monotonic() + _START_PATIENCE
        while not all(server.started for server in self._servers):
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the fake upstream did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Close both ports and every connection, and let the threads go. Safe to call twice."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for sock in self._sockets:
            sock.close()
        self.studio.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        async def both() -> None:
            pairs = zip(self._servers, self._sockets, strict=True)
            await asyncio.gather(*(server.serve([sock]) for server, sock in pairs))

        asyncio.run(both())


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=AbortableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE,
    )


def _bound(port: int) -> socket.socket:
    # A socket that is made from its file number names its protocol, so that asyncio sets TCP_NODELAY on what it
    # accepts; without, each answer waits 40 ms.
    return socket.socket(fileno=socket.create_server((LOOPBACK, port)).detach())
