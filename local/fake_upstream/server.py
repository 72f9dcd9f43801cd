"""Both ports on loopback, served in a thread: for tests, for the local runner, and under the command line.

with FakeUpstream(Settings(speed=50)) as fake:
    httpx.post(f"{fake.url}/flux/v1/flux-pro-1-0-depth", ...)
    assert fake.ledger.count == 1
"""

import contextlib
import socket
from typing import Any, Self

from starlette.types import Receive, Scope, Send

from depthdrop_cli.stack.serving import serving
from local.fake_upstream.app import make_api, make_delivery
from local.fake_upstream.clock import Clock
from local.fake_upstream.settings import LOOPBACK, Settings
from local.fake_upstream.upstream import Upstream
from local.fake_upstream.wire import AbortableProtocol


class FakeUpstream(Upstream):
    """A running fake upstream. The constructor binds the ports: it raises OSError when one is in use."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        super().__init__(settings, clock)
        with contextlib.ExitStack() as resources:
            resources.callback(self.painter.close)
            ports = (self.settings.port, self.settings.delivery_port)
            self._sockets = [resources.enter_context(_bound(port)) for port in ports]
            self._resources = resources.pop_all()
        self._ports = [sock.getsockname()[1] for sock in self._sockets]
        self.url, self.delivery_url = (f"http://{LOOPBACK}:{port}" for port in self._ports)

    def start(self) -> Self:
        """Serve in a thread; returns when both ports answer. Raises CliError when the server does not start."""
        apps = dict(zip(self._ports, (make_api(self), make_delivery(self)), strict=True))

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await apps[scope["server"][1]](scope, receive, send)

        # One server, so that both ports share one event loop. Only asyncio's own loop lends its sockets.
        options: dict[str, Any] = {"http": AbortableProtocol, "loop": "asyncio", "timeout_keep_alive": 75}
        self._resources.enter_context(serving(app, *self._sockets, **options))
        return self

    def stop(self) -> None:
        """Close both ports and every connection, and end the threads. Safe to call twice."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _bound(port: int) -> socket.socket:
    # A socket that is made from its file number has its protocol set, so that asyncio sets TCP_NODELAY on accepted
    # connections; without it, each answer waits 40 ms.
    return socket.socket(fileno=socket.create_server((LOOPBACK, port)).detach())
