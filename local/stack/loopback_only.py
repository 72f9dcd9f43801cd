"""Keeps web pages out of a loopback port: an ASGI middleware for the servers of this folder.

A browser lets every page send simple requests to every port of this machine, and a page whose own name was pointed
at 127.0.0.1 may even read the answers. Such requests carry a Host, an Origin or a Sec-Fetch-Site that is not ours:
they are answered with 403 and one sentence before their body is read. No answer carries a CORS header.
"""

from collections.abc import Collection, Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
_OWN_SITES = frozenset({"same-origin", "none"})  # none: typed into the address bar
_PREFLIGHT = "access-control-request-"

Headers = Iterable[tuple[bytes, bytes]]


class LoopbackOnly:
    """Lets a request through whose Host is one of `names` with the port it came in on, or one of `hosts`.

    With `pictures` other sites may show what is served here in an <img>, which lets them read nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        names: Collection[str] = LOOPBACK_NAMES,
        hosts: Collection[str] = (),
        pictures: bool = False,
    ) -> None:
        self.app, self.names, self.hosts, self.pictures = app, names, hosts, pictures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Anything but HTTP gets no answer; the servers here speak nothing else."""
        if scope["type"] != "http":
            return
        port = (scope.get("server") or ("", None))[1]
        hosts = {*self.hosts, *(f"{name}:{port}" for name in self.names)}
        refused = refusal(scope["method"], scope["headers"], hosts, pictures=self.pictures)
        app = self.app if refused is None else PlainTextResponse(f"{refused}\n", 403)
        await app(scope, receive, send)


def refusal(method: str, headers: Headers, hosts: Collection[str], *, pictures: bool = False) -> str | None:
    """Why this request is refused, in one sentence; None when it is not from a web page of another site.

    `hosts` are the names of this server, with their ports where clients send them. Of a header that is sent
    twice each value must be ours.
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
    """As a browser asks for an <img>: it shows the picture and lets no script read it."""
    plain = sent.get("sec-fetch-dest") == ["image"] and sent.get("sec-fetch-mode") == ["no-cors"]
    return plain and method in {"GET", "HEAD"} and "origin" not in sent
