"""Serves the page on a loopback port in a thread of its own; what it hears of an address is written to no log."""

import contextlib
import logging
import shutil
import socket
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from cli.errors import CliError
from cli.page.app import Page, PageApp
from cli.stacks import OperatorStack

_LOOPBACK = "127.0.0.1"
_GRACE_SECONDS = 2  # for answers in flight at a stop; uvicorn wants a whole number
_READY_SECONDS = 15.0


class Served:
    """A page that answers at `url` until it is stopped."""

    def __init__(self, app: PageApp, sock: socket.socket) -> None:
        self._sock = sock
        self.app = app
        self.url = f"http://{_LOOPBACK}:{sock.getsockname()[1]}/"
        self._server = _Server(app)
        self._thread = threading.Thread(target=self._server.run, args=([sock],), name="page", daemon=True)

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + _READY_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise CliError("The page could not be served.")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends every connection, those that wait for news too."""
        self._server.should_exit = True
        self._thread.join()
        self._sock.close()


@contextlib.contextmanager
def served(stack: OperatorStack, *, allow_drop: bool, port: int = 0, is_local: bool = False) -> Iterator[Served]:
    """On this loopback port, or on a free one. Raises CliError when somebody else has it."""
    sock = _bound(port)
    folder = Path(tempfile.mkdtemp(prefix="depthdrop-page-"))
    try:
        hosts = [f"{name}:{sock.getsockname()[1]}" for name in (_LOOPBACK, "localhost")]
        page = Served(Page(stack, hosts, folder, allow_drop=allow_drop, is_local=is_local).app(), sock)
        page.start()
        try:
            yield page
        finally:
            page.stop()
    finally:
        sock.close()
        shutil.rmtree(folder, ignore_errors=True)


def show(url: str, *, is_terminal: bool, wanted: bool) -> None:
    """Open it in the browser of whoever sits at the terminal; a machine without one is no trouble."""
    if wanted and is_terminal:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(url)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever started it decides when it stops."""

    def __init__(self, app: PageApp) -> None:
        super().__init__(
            uvicorn.Config(
                app.asgi,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        # `access_log` alone does not do: a logger of everything in the same process would be told all the same.
        logging.getLogger("uvicorn.access").disabled = True
        self._live = app.live

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn waits for open connections first; those of the page never end by themselves."""
        self._live.close()
        await super().shutdown(sockets)


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((_LOOPBACK, port))
        sock.listen()
    except OSError as error:
        sock.close()
        raise CliError(f"The page cannot have port {port}: {error.strerror}. Give another --port.") from error
    return sock
