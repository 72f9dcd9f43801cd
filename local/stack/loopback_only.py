"""ASGI middleware that refuses requests of web pages to a loopback port.

Browsers let every page send simple requests to every port of this machine, and a page whose host name resolves to
127.0.0.1 can even read the answers. Such requests have a foreign Host, Origin or Sec-Fetch-Site: they are answered
with 403 and one sentence before their body is read. No answer has a CORS header.
"""

from collections.abc import Collection, Iterable
from dataclasses import KW_ONLY, dataclass

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
_OWN_SITES = frozenset({"same-origin", "none"})  # none: typed into the address bar
_PREFLIGHT = "access-control-request-"

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(eq=False)
class LoopbackOnly:
    """Accepts requests whose Host is one of `names` with the port of this server, or one of `hosts`.

    With `pictures` pages of other sites may show a picture in an <img>, which does not let them read it.
    """

    app: ASGIApp
    _: KW_ONLY
    names: Collection[str] = LOOPBACK_NAMES
    hosts: Collection[str] = ()
    pictures: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HTTP alone: the servers here use no other protocol."""
        if scope["type"] != "http":
            return
        port = (scope.get("server") or ("", None))[1]
        hosts = {*self.hosts, *(f"{name}:{port}" for name in self.names)}
        reason = refusal(scope["method"], scope["headers"], hosts, pictures=self.pictures)
        app = self.app if reason is None else PlainTextResponse(f"{reason}\n", 403)
        await app(scope, receive, send)


def refusal(method: str, headers: Headers, hosts: Collection[str], *, pictures: bool = False) -> str | None:
    """Why this request is refused, in one sentence, or None when it is not from a page of another site.

    `hosts` are this server's values of Host. A header that is sent twice is checked for each value.
    """
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").lower())
    if len(sent.get("host", ())) != 1 or sent["host"][0] not in hosts:
        return f"The Host header must be {' or '.join(sorted(hosts))}."
    if any(name.startswith(_PREFLIGHT) for name in sent):
        return "No page of another site may read this port: preflight requests are refused."
    if any(origin.partition("://")[2] not in hosts for origin in sent.get("origin", ())):
        return "Requests from pages of another site are refused: the Origin header must not be sent."
    foreign = not set(sent.get("sec-fetch-site", ())) <= _OWN_SITES
    if foreign and not (pictures and _is_picture(method, sent)):
        return "Requests from pages of another site are refused: Sec-Fetch-Site must be same-origin or none."
    return None


def _is_picture(method: str, sent: dict[str, list[str]]) -> bool:
    """Whether a browser sent it for an <img>, whose picture no script can read."""
    plain = sent.get("sec-fetch-dest") == ["image"] and sent.get("sec-fetch-mode") == ["no-cors"]
    return plain and method in {"GET", "HEAD"} and "origin" not in sent
