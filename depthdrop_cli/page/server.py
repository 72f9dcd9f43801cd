"""Serves the page on a loopback port in its own thread. Requested addresses are never logged.

Its files are in a private folder (0700) that is deleted at the end: the files that are about to be dropped, and
`open.html` (0600), the only file that contains the run's secret.
"""

import contextlib
import logging
import socket
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from depthdrop_cli.page.app import PageApp
from depthdrop_cli.page.guard import LOOPBACK, Access
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError

_GRACE_SECONDS = 2  # for running requests at a stop; uvicorn needs an integer
_READY_SECONDS = 60.0  # it takes less than one; a busy machine may need most of it


@dataclass(frozen=True, slots=True)
class Served:
    """A running page. `url` grants a browser access; `opener` is the private file that forwards to it."""

    app: PageApp
    access: Access
    opener: Path
    sock: socket.socket

    @property
    def url(self) -> str:
        return self.access.address


@contextlib.contextmanager
def served(
    stack: OperatorStack, sock: socket.socket, *, allow_drop: bool, is_local: bool = False
) -> Iterator[Served]:
    """Serve on a socket from `bound` and close it in the end. At a stop every connection ends, idle ones too."""
    with sock, tempfile.TemporaryDirectory(prefix="depthdrop-page-", ignore_cleanup_errors=True) as name:  # 0700
        folder, access = Path(name), Access(sock.getsockname()[1])
        app = PageApp(stack, access, folder, allow_drop=allow_drop, is_local=is_local)
        page = Served(app, access, access.write_opener(folder), sock)
        server = _Server(app)
        thread = threading.Thread(target=server.run, args=([sock],), name="page", daemon=True)
        thread.start()
        end = time.monotonic() + _READY_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                raise CliError("The page could not be served.")
            time.sleep(0.01)
        try:
            yield page
        finally:
            server.should_exit = True
            thread.join()


def bound(port: int) -> socket.socket:
    """A socket on this loopback port; 0 takes a free one. Raises CliError if the port is not available."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
        sock.listen()
    except OSError as error:
        sock.close()
        raise CliError(
            f"The page cannot use port {port} of {LOOPBACK}: {error.strerror}. Give another port, or none."
        ) from error
    return sock


def show(opener: Path, *, is_terminal: bool, wanted: bool) -> None:
    """Open the page in the browser of the user at the terminal, if there is one."""
    if wanted and is_terminal:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(opener.as_uri())


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: `served` decides when it stops."""

    def __init__(self, app: PageApp) -> None:
        config = uvicorn.Config(
            app.asgi,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        # `access_log` alone is not enough: a root logger in the same process would still get each address.
        logging.getLogger("uvicorn.access").disabled = True
        self._live = app.live

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn waits for open connections, and those of open pages never end by themselves."""
        self._live.close()
        await super().shutdown(sockets)
