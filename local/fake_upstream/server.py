"""Both ports on loopback, in a thread: for tests, for the local runner, and under the command line.

with FakeUpstream(Settings(speed=50)) as fake:
    httpx.post(f"{fake.url}/flux/v1/flux-pro-1-0-depth", ...)
    assert fake.ledger.count == 1
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

import uvicorn

from local.fake_upstream.app import make_api
from local.fake_upstream.clock import Clock
from local.fake_upstream.delivery import make_delivery
from local.fake_upstream.faults import Armed
from local.fake_upstream.ledger import Ledger
from local.fake_upstream.settings import LOOPBACK, Settings
from local.fake_upstream.upstream import Upstream
from local.fake_upstream.wire import AbortableProtocol

_START_PATIENCE = 10.0  # seconds; a start takes about a tenth of one
_GRACE = 2  # seconds for answers in flight at a stop; uvicorn wants a whole number


class FakeUpstream:
    """A running fake upstream. Ports are bound when it is made, so a busy one is an OSError here."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        settings = settings or Settings()
        self.upstream = Upstream(settings, clock)
        self._sockets: list[socket.socket] = []
        try:
            for port in (settings.port, settings.delivery_port):
                self._sockets.append(_bound(port))
        except OSError:
            self._release()
            raise
        self.url, self.delivery_url = (f"http://{LOOPBACK}:{one.getsockname()[1]}" for one in self._sockets)
        self.upstream.elsewhere = self.delivery_url
        self._servers: list[_Server] = []
        self._thread: threading.Thread | None = None

    @property
    def ledger(self) -> Ledger:
        """What was charged."""
        return self.upstream.ledger

    @property
    def admin_token(self) -> str:
        """What `/admin/*` asks for, in the header `X-Fake-Upstream-Token`."""
        return self.upstream.admin_token

    @property
    def key(self) -> str:
        """The key that is accepted now."""
        return self.upstream.key

    @property
    def state(self) -> dict[str, Any]:
        """What `GET /admin/state` answers."""
        return self.upstream.state()

    def arm(self, name: str, *, match: str = "", **params: object) -> Armed:
        """Arm a fault for the next requests whose prompt contains `match`; `times=None` is endless.

        Raises:
            BadFaultError: unknown name or parameter.

        """
        return self.upstream.desk.arm(name, params, match)

    def clear_faults(self) -> None:
        """Disarm everything."""
        self.upstream.desk.clear()

    def configure(self, **changes: object) -> None:
        """Change a runtime setting, as `POST /admin/settings` does."""
        self.upstream.configure(**changes)

    def rotate_key(self, key: str) -> None:
        """Accept another key from now on."""
        self.upstream.rotate_key(key)

    def reset(self) -> None:
        """Back to the state at start."""
        self.upstream.reset()

    def start(self) -> Self:
        """Serve in a thread; returns when both ports answer.

        Raises:
            RuntimeError: the servers did not come up.

        """
        ready = [threading.Event(), threading.Event()]
        apps = (make_api(self.upstream), make_delivery(self.upstream))
        self._servers = [_Server(_config(app), event.set) for app, event in zip(apps, ready, strict=True)]
        self._thread = threading.Thread(target=self._run, name="fake-upstream")
        self._thread.start()
        if not all(event.wait(_START_PATIENCE) for event in ready):
            self.stop()
            raise RuntimeError("the fake upstream did not start")
        return self

    def stop(self) -> None:
        """Close both ports and every connection, and let the threads go. Safe to call twice."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        async def both() -> None:
            await asyncio.gather(
                *(server.serve([sock]) for server, sock in zip(self._servers, self._sockets, strict=True))
            )

        asyncio.run(both())

    def _release(self) -> None:
        for sock in self._sockets:
            sock.close()
        self.upstream.close()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, telling when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
    # With the protocol named, asyncio sets TCP_NODELAY on what it accepts; without, each answer waits 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
        sock.listen()
    except OSError:
        sock.close()
        raise
    return sock
