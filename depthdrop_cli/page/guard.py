"""Access control: the page is on loopback, where every site and every user of the machine can send requests.

Host     only its own address: any other name that resolves to loopback (DNS rebinding) is refused
Access   every request needs the path and the cookie of this run; opening the printed address gives both
Origin   a POST must come from the page itself, with this run's token; the body of any other is never read
policy   the browser fetches, runs and frames only what the page serves, and pictures from the stack's two buckets

Access consists of two values derived from one secret of the run:

path     the beginning of every address of the page; only the page's own HTML contains it
cookie   HttpOnly and SameSite=Strict. Browsers send a cookie to every port of a host: its name contains the port,
         so that two pages do not overwrite each other's, and it gives no access by itself, since any server on
         127.0.0.1 may receive it

The printed address contains the secret itself and can be opened any number of times.
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
CLOSED = "Open the address that `make up` or `depthdrop gallery` printed: this browser has not opened it yet."
_TOKEN_HEADER = "x-depthdrop-token"  # noqa: S105  # a name
_METHODS = frozenset({"GET", "HEAD", "POST"})
_ELSEWHERE = frozenset({"cross-site", "same-site"})
_NAVIGATION = ("navigate", "document")  # the user follows a link or types an address
_FORWARDING_PAGE = """<!doctype html>
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
    """The addresses and credentials of one run; `port` is the page's."""

    port: int
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        """The address that is printed and opened; contains the secret."""
        return f"{self.origin}/open/{self.secret}"

    @property
    def root(self) -> str:
        """The beginning of every path of the page, without a slash at the end."""
        return f"/{self._derived('path')}"

    @property
    def token(self) -> str:
        """The token that the page's own script sends with a POST."""
        return self._derived("token")

    @property
    def _cookie(self) -> str:
        return f"depthdrop-{self.port}={self._derived('cookie')}"

    def is_address(self, path: str) -> bool:
        return _same(path, f"/open/{self.secret}")

    def allows(self, path: str, headers: Headers) -> bool:
        """Whether path and cookie match. Another server may have set a cookie of this name: one match suffices."""
        cookies = [cookie.strip() for header in headers.getlist("cookie") for cookie in header.split(";")]
        has_cookie = any(_same(cookie, self._cookie) for cookie in cookies)
        return _same(f"/{path.split('/')[1]}" if "/" in path else "", self.root) and has_cookie

    def grant(self) -> Response:
        """Set the cookie, and forward to the page.

        Not by a redirect: browsers count a redirected request as made by the opened file or mail that linked here,
        and send no SameSite=Strict cookie with it.
        """
        cookie = f"{self._cookie}; Path={self.root}/; HttpOnly; SameSite=Strict"
        return HTMLResponse(_FORWARDING_PAGE.format(address=f"{self.root}/"), headers={"set-cookie": cookie})

    def write_opener(self, folder: Path) -> Path:
        """A file that forwards to the address, readable only by its owner.

        A browser gets its address as an argument, and every user of the machine can list arguments.
        """
        path = folder / "open.html"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(_FORWARDING_PAGE.format(address=self.address))
        return path

    def _derived(self, purpose: str) -> str:
        return hmac.new(self.secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Guard:
    """`pictures` are the origins that the browser may fetch pictures from."""

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
        """The answer to a refused or forwarded request; None if the page may answer."""
        method, hosts = scope["method"], [host.lower() for host in headers.getlist("host")]
        is_plain = method == "GET" and _fetched_as(headers) in {_NAVIGATION, (None, None)}
        if is_plain and hosts == [f"localhost:{self.access.port}"]:
            return self._to_loopback(scope)
        if hosts != [f"{LOOPBACK}:{self.access.port}"]:
            return _refused(421, f"This page answers only at its own address, {self.access.origin}.")
        if method not in _METHODS:
            return _refused(405, "This method is not allowed here.")
        refusal = self._foreign(method, headers)
        if refusal is not None:
            return _refused(403, refusal)
        if method == "GET" and self.access.is_address(scope["path"]):
            return self.access.grant()
        if not self.access.allows(scope["path"], headers):
            return _refused(403, CLOSED)
        if method == "POST" and not _same(headers.get(_TOKEN_HEADER, ""), self.access.token):
            return _refused(403, "The page is from an earlier run: load it again. Nothing was done.")
        return None

    def _to_loopback(self, scope: "Scope") -> Response:
        """The cookie is for this host, and only here is the pictures' port the same site for a browser."""
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        if not path.startswith("/"):  # the path would become part of the host
            return _refused(400, "An address begins with a slash.")
        query = scope.get("query_string", b"").decode("latin-1")
        return RedirectResponse(f"{self.access.origin}{path}{'?' if query else ''}{query}", 307)

    def _foreign(self, method: str, headers: Headers) -> str | None:
        """Why a request of another site is refused: it may link here, but neither embed, read nor post."""
        site, origins = headers.get("sec-fetch-site"), headers.getlist("origin")
        if method == "POST" and (origins != [self.access.origin] or site not in {None, "same-origin"}):
            return "The request came from another site; nothing was done."
        if method != "POST" and site in _ELSEWHERE and _fetched_as(headers) != _NAVIGATION:
            return "The request came from another site."
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


def _refused(status: int, sentence: str) -> Response:
    """The body was not read, so the connection cannot be used again."""
    return PlainTextResponse(f"{sentence}\n", status, {"connection": "close"})


def _same(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
