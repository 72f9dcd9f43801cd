"""Who may use the page: a browser that was given the address that this run printed.

A loopback port is open to every user of the machine and to every site in the browser. So each request has to carry
two values that are made from one secret of the run:

path     every address of the page begins with it; only the page's own HTML names it
cookie   HttpOnly and SameSite=Strict. Browsers send a cookie to every port of a host: its name carries the port, so
         that two pages do not overwrite each other's, and alone it opens nothing, since any server on 127.0.0.1 may
         be sent it

The printed address carries the secret itself and can be opened any number of times.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response

LOOPBACK = "127.0.0.1"
CLOSED = "Open the address that `make up` or `depthdrop gallery` printed: this browser was not let in by it."
_LEADS_ON = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>depthdrop</title>
<p><a href="{address}">To the pictures</a></p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Access:
    """`port` is the page's own."""

    port: int
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        """What is printed and opened."""
        return f"{self.origin}/open/{self.secret}"

    @property
    def root(self) -> str:
        """What every address of the page begins with; no slash at its end."""
        return f"/{self._made('path')}"

    @property
    def token(self) -> str:
        """What the page's own script adds to a POST."""
        return self._made("token")

    @property
    def _cookie(self) -> str:
        return f"depthdrop-{self.port}={self._made('cookie')}"

    def is_address(self, path: str) -> bool:
        return _same(path, f"/open/{self.secret}")

    def lets_in(self, path: str, headers: Headers) -> bool:
        """Another server may have set a cookie of the same name: one of several is enough."""
        sent = [one.strip() for header in headers.getlist("cookie") for one in header.split(";")]
        has_cookie = any(_same(one, self._cookie) for one in sent)
        return _same(f"/{path.split('/')[1]}" if "/" in path else "", self.root) and has_cookie

    def hand_over(self) -> Response:
        """The cookie, and a page that leads on.

        No redirect: what a redirect leads to counts as asked for by what led here, the file that was opened or a
        mail, and browsers send no SameSite=Strict cookie then.
        """
        answer = HTMLResponse(_LEADS_ON.format(address=f"{self.root}/"))
        attributes = f"Path={self.root}/; HttpOnly; SameSite=Strict"
        answer.headers["set-cookie"] = f"{self._cookie}; {attributes}"
        return answer

    def write_opener(self, folder: Path) -> Path:
        """A file that leads to the address, readable by its owner alone.

        Browsers get what to open as an argument, and every user of the machine can list those.
        """
        path = folder / "open.html"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(_LEADS_ON.format(address=self.address))
        return path

    def _made(self, purpose: str) -> str:
        return hmac.new(self.secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:40]


def _same(given: str, wanted: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())
