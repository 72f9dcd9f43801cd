"""A request to the gate, and whether it reached the emulator behind it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from local.stack.gate import PROOF_HEADER, Gate, request_proof
from tests.unit.local.test_signatures import HOST, SECRET, Headers

TOKEN = "token of this run"
HEALTH = "/_ministack/health"
BODY = b'{"TableName":"edits"}'


@dataclass
class Behind:
    """Replaces the emulator, and keeps the requests that reached it."""

    scopes: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        body, more = b"", scope["type"] == "http"
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        self.bodies.append(body)
        headers = [
            (b"Access-Control-Allow-Origin", b"*"),
            (b"access-control-expose-headers", b"*"),
            (b"etag", b"x"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"done"})


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    asked: tuple[str, str, bytes, Headers],
    body: bytes = b"",
    behind: Behind | None = None,
    hosts: tuple[str, ...] = (HOST, "localhost:4566"),
    more: Headers | None = None,
) -> Answer:
    method, path, query, headers = asked
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in [*headers, *(more or [])]],
    }
    sent: list[Any] = []
    chunks = [body[at : at + 7] for at in range(0, len(body), 7)] or [b""]

    async def receive() -> dict[str, Any]:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    secrets = {("AKIA", ""): SECRET, ("AKIA", "session"): SECRET}
    app = Gate(behind or Behind(), hosts, TOKEN, lambda key, token: secrets.get((key, token)))
    asyncio.run(app(scope, receive, send))
    headers_sent = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers_sent, b"".join(one["body"] for one in sent[1:]))


def opens(method: str = "GET", path: str = HEALTH) -> Headers:
    return [(PROOF_HEADER.encode(), request_proof(TOKEN, "abc", method, path).encode())]


def refused(asked: tuple[str, str, bytes, Headers], body: bytes = b"", **rest: Any) -> Answer:
    behind = Behind()
    answer = ask(asked, body, behind, **rest)

    assert answer.status == 403
    assert behind.scopes == []
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    return answer


def plain(
    method: str = "GET", path: str = "/", query: bytes = b"", host: str = HOST
) -> tuple[str, str, bytes, Headers]:
    return method, path, query, [(b"Host", host.encode())]
