"""Serves the page on a loopback port in its own thread.

Its files are in a private folder (0700) that is deleted at the end: the files that are about to be dropped, and
`open.html` (0600), the only file that contains the run's secret.
"""

import contextlib
import socket
import tempfile
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from depthdrop_cli.page.app import PageApp
from depthdrop_cli.page.guard import LOOPBACK, Access
from depthdrop_cli.stack.serving import serving
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError


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
        with serving(app.asgi, sock, on_shutdown=app.live.close, lifespan="on", proxy_headers=False):
            yield page


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
