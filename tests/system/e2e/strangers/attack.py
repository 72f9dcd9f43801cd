"""A request as a stranger sends it, as data: to which port, with what in it, and what it may be answered.

Texts are templates: `$port` is the asked port, `$bucket`, `$submit` and so on are what `Place.names` knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

# The emulator; the fake upstream's API with /admin, and its delivery port; the signer's two; the page of `make up`,
# and that of `depthdrop gallery`.
Port = Literal["emulator", "upstream", "delivery", "deliveries", "sns", "page", "gallery"]
PORTS: tuple[Port, ...] = ("emulator", "upstream", "delivery", "deliveries", "sns", "page", "gallery")

Headers = tuple[tuple[str, str], ...]
SIMPLE_FORM = ("Content-Type", "application/x-www-form-urlencoded")
SIMPLE_TEXT = ("Content-Type", "text/plain")
SNS_HOST = "sns.us-east-1.amazonaws.com"
CLOSED = 0  # the connection was closed without an answer


@dataclass(frozen=True, slots=True)
class Signed:
    """How a request is signed. `target`, `method`, `host` and `body` are signed where something else is sent.

    `headers` are signed besides the usual ones, and sent. `age_seconds` is how long ago it was signed. In the
    query, it is a link that lives for `expires` seconds.
    """

    key_id: str = "$key_id"
    secret: str = "$secret_key"
    token: str = ""
    service: str = "s3"
    age_seconds: int = 0
    in_query: bool = False
    expires: int = 300
    method: str = ""
    target: str = ""
    host: str = ""
    body: str | None = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Request:
    """`host` None: no Host at all. `is_http2`: in frames, without asking whether that is understood."""

    method: str = "GET"
    target: str = "/"
    headers: Headers = ()
    body: str = ""
    host: str | None = "127.0.0.1:$port"
    version: str = "HTTP/1.1"
    is_http2: bool = False
    signed: Signed | None = None

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def adding(self, *headers: tuple[str, str]) -> Self:
        return self.but(headers=(*self.headers, *headers))


@dataclass(frozen=True, slots=True)
class Attack:
    """`statuses` are the answers that give nothing away; one of 200 does so if `shows` is in it."""

    name: str
    port: Port
    request: Request
    statuses: frozenset[int] = frozenset({403})
    shows: str = ""

    @property
    def title(self) -> str:
        return f"{self.port}: {self.name}"

    def gives_nothing(self, answer: "Answer") -> bool:
        is_shown = answer.status != 200 or (self.shows != "" and self.shows.encode() in answer.raw)
        return answer.status in self.statuses and is_shown


@dataclass(frozen=True, slots=True)
class Control:
    """The same made properly: what is asked so is answered with `status`, and with `has` in its body."""

    name: str
    port: Port
    request: Request
    status: int = 200
    has: str = ""

    @property
    def title(self) -> str:
        return f"{self.port}: {self.name}"


@dataclass(slots=True)
class Answer:
    """`raw` is all that was received."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


def attacks(port: Port, requests: Mapping[str, Request], *statuses: int, shows: str = "") -> list[Attack]:
    wanted = frozenset(statuses or {403})
    return [Attack(name, port, request, wanted, shows) for name, request in requests.items()]


def get(target: str, *headers: tuple[str, str]) -> Request:
    return Request(target=target, headers=headers)


def form(body: str, target: str = "/") -> Request:
    """What a <form> sends, from any site and without a preflight."""
    return Request("POST", target, (SIMPLE_FORM,), body)


def text(body: str, target: str = "/", method: str = "POST") -> Request:
    """What `fetch` with `no-cors` sends."""
    return Request(method, target, (SIMPLE_TEXT,), body)
