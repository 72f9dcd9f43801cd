"""Who may ask what: the page is on loopback, where every site and every user of the machine can send to it.

Host     only its own address: any other name that leads to loopback (DNS rebinding) is refused
Access   every request carries the path and the cookie of this run; the printed address gives both
Origin   a POST must come from the page itself, with this run's token; no byte of another's body is read
policy   nothing is fetched, run or framed but what the page serves, and pictures from the stack's two buckets

Access is made of two values from one secret of the run:

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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
CLOSED = "Open the address that `make up` or `depthdrop gallery` printed: this browser was not let in by it."
_TOKEN_HEADER = "x-depthdrop-token"  # noqa: S105  # its name
_METHODS = frozenset({"GET", "HEAD", "POST"})
_ELSEWHERE = frozenset({"cross-site", "same-site"})
_NAVIGATION = ("navigate", "document")  # a person follows a link or types an address
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


@dataclass(frozen=True, slots=True)
class Guard:
    """`pictures` are the origins that pictures are fetched from."""

    app: "ASGIApp"
    access: Access
    pictures: Sequence[str] = ()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_policy(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._policy().items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._answer(scope, Headers(scope=scope))
        if answer is None:
            await self.app({**scope, "root_path": self.access.root}, receive, with_policy)
        else:
            await answer(scope, receive, with_policy)

    def _answer(self, scope: "Scope", headers: Headers) -> Response | None:
        """What is answered without the page; None: the page may."""
        method, hosts = scope["method"], [host.lower() for host in headers.getlist("host")]
        is_plain = method == "GET" and _fetched_as(headers) in {_NAVIGATION, (None, None)}
        if is_plain and hosts == [f"localhost:{self.access.port}"]:
            return self._to_own_name(scope)
        if hosts != [f"{LOOPBACK}:{self.access.port}"]:
            return _refused(421, f"This page answers to its own address only, {self.access.origin}.")
        if method not in _METHODS:
            return _refused(405, "There is no such thing to do here.")
        refusal = self._foreign_post(headers) if method == "POST" else _foreign_get(headers)
        if refusal is not None:
            return _refused(403, refusal)
        if method == "GET" and self.access.is_address(scope["path"]):
            return self.access.hand_over()
        if not self.access.lets_in(scope["path"], headers):
            return _refused(403, CLOSED)
        if method == "POST" and not _same(headers.get(_TOKEN_HEADER, ""), self.access.token):
            return _refused(403, "The page is older than this server: load it again. Nothing was done.")
        return None

    def _to_own_name(self, scope: "Scope") -> Response:
        """The cookie belongs to one name, and only from there is the pictures' port the same site to a browser."""
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        if not path.startswith("/"):  # it would become part of the host
            return _refused(400, "An address begins with a slash.")
        query = scope.get("query_string", b"").decode("latin-1")
        return RedirectResponse(f"{self.access.origin}{path}{'?' if query else ''}{query}", 307)

    def _foreign_post(self, headers: Headers) -> str | None:
        site = headers.get("sec-fetch-site")
        if headers.getlist("origin") != [self.access.origin] or site not in {None, "same-origin"}:
            return "Another site asked; nothing was done."
        return None

    def _policy(self) -> dict[str, str]:
        policy = (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self' blob:", *self.pictures)),
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
        return {
            "content-security-policy": "; ".join(policy),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        }


def _fetched_as(headers: Headers) -> tuple[str | None, str | None]:
    return headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")


def _foreign_get(headers: Headers) -> str | None:
    """Another site may lead here, but neither embed nor read."""
    if headers.get("sec-fetch-site") in _ELSEWHERE and _fetched_as(headers) != _NAVIGATION:
        return "Another site asked."
    return None


def _refused(status: int, sentence: str) -> Response:
    """A body was not read: the connection cannot be used again."""
    return PlainTextResponse(f"{sentence}\n", status, {"connection": "close"})


def _same(given: str, wanted: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())
