"""Who may ask what: the page stands on loopback, where every site that the machine's owner visits can send to it.

Host     only its own address: a name of somebody else that leads to loopback (DNS rebinding) is refused
Origin   a POST must come from the page itself, with this process's token; no byte of another's body is read
policy   nothing is fetched, run or framed but what the page serves, and pictures from the stack's two buckets
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-depthdrop-token"  # noqa: S105  # its name
_METHODS = frozenset({"GET", "HEAD", "POST"})


@dataclass(frozen=True, slots=True)
class Guard:
    """`hosts` are `127.0.0.1:PORT` and the like; `pictures` the origins that pictures are fetched from."""

    app: "ASGIApp"
    hosts: frozenset[str]
    token: str
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

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, with_policy)
            return
        status, sentence = refusal
        # The body was not read: the connection cannot be used again.
        await PlainTextResponse(f"{sentence}\n", status, {"connection": "close"})(scope, receive, with_policy)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return 421, "This page answers to its own address only."
        if method not in _METHODS:
            return 405, "There is no such thing to do here."
        site = headers.get("sec-fetch-site")
        if method != "POST":
            follows_link = (
                headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
            )
            return (
                (403, "Another site asked.") if site in {"cross-site", "same-site"} and not follows_link else None
            )
        if headers.getlist("origin") != [f"http://{hosts[0]}"] or site not in {None, "same-origin"}:
            return 403, "Another site asked; nothing was done."
        sent = headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(sent.encode(), self.token.encode()):
            return 403, "The page is older than this server: load it again. Nothing was done."
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
