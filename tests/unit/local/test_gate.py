"""The gate in front of the emulator, called as a server calls it: no refused request reaches the emulator."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest

from local.stack import gate
from local.stack.gate import PROOF_HEADER, Gate, answer_proof, request_proof
from tests.unit.local.test_signatures import HOST, SECRET, Headers, _by_header, _link, _object

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


def _ask(
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


def _opens(method: str = "GET", path: str = HEALTH) -> Headers:
    return [(PROOF_HEADER.encode(), request_proof(TOKEN, "abc", method, path).encode())]


def _refused(asked: tuple[str, str, bytes, Headers], body: bytes = b"", **rest: Any) -> Answer:
    behind = Behind()
    answer = _ask(asked, body, behind, **rest)

    assert answer.status == 403
    assert behind.scopes == []
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    return answer


def _plain(
    method: str = "GET", path: str = "/", query: bytes = b"", host: str = HOST
) -> tuple[str, str, bytes, Headers]:
    return method, path, query, [(b"Host", host.encode())]


@pytest.mark.parametrize(("asked", "body"), [(_by_header, BODY), (_object, b"picture"), (_link, b"")])
def test_a_signed_request_reaches_the_emulator_with_its_body(
    asked: Callable[[], tuple[str, str, bytes, Headers]], body: bytes
) -> None:
    behind = Behind()

    assert _ask(asked(), body, behind).status == 200
    assert behind.bodies == [body]


def test_no_answer_lets_a_page_read_it() -> None:
    for asked, body in ((_by_header(), BODY), (_link(), b"")):
        assert not [name for name in _ask(asked, body).headers if name.lower().startswith("access-control-")]
    assert _ask(_by_header(), BODY).headers["cross-origin-resource-policy"] == "same-origin"


def test_a_page_may_show_a_picture_from_a_link_and_no_script_in_it_runs() -> None:
    for site in (b"same-site", b"cross-site", b"none"):
        answer = _ask(_link(), more=[(b"Sec-Fetch-Site", site), (b"Sec-Fetch-Mode", b"no-cors")])

        assert answer.status == 200
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_body_of_a_presigned_request_is_not_passed_on() -> None:
    behind = Behind()

    _ask(_link(), b"Action=CreateTopic", behind)

    assert behind.bodies == [b""]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4566", "127.0.0.1", "127.0.0.1:80", "[::1]:4566", "127.0.0.1.nip.io:4566", ""],
)
def test_another_host_is_refused_even_when_it_was_signed(host: str) -> None:
    method, path, query, headers = _by_header()
    others = [(name, host.encode() if name == b"Host" else value) for name, value in headers]

    _refused((method, path, query, others), BODY)


def test_a_request_names_one_host() -> None:
    _refused(_plain(), more=[(b"Host", HOST.encode())])
    _refused(("GET", "/", b"", []))


def test_the_name_that_containers_use_is_refused_unless_it_is_allowed() -> None:
    name = "host.docker.internal:4566"

    _refused(_plain(path=HEALTH, host=name), more=_opens())
    assert _ask(_plain(path=HEALTH, host=name), hosts=(HOST, name), more=_opens()).status == 200


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://127.0.0.1:4566"])
def test_a_page_that_sends_its_origin_is_refused(origin: bytes) -> None:
    for asked, body in ((_by_header(), BODY), (_link(), b"")):
        _refused(asked, body, more=[(b"Origin", origin)])


@pytest.mark.parametrize("site", [b"cross-site", b"same-site", b"same-origin", b"anything"])
def test_a_page_may_request_only_links(site: bytes) -> None:
    for asked, body in ((_by_header(), BODY), (_object(), b"picture"), (_link(method="PUT"), b"picture")):
        _refused(asked, body, more=[(b"Sec-Fetch-Site", site)])


@pytest.mark.parametrize("path", ["/", "/inbox/a.jpg", "/_ministack/reset"])
def test_every_preflight_is_refused(path: str) -> None:
    more = [(b"Access-Control-Request-Method", b"POST"), *_opens("OPTIONS", path)]

    _refused(_plain("OPTIONS", path), more=more)


@pytest.mark.parametrize(
    "path",
    ["/_ministack/health", "/_ministack/reset", "/%5fministack/reset", "/_aws/sqs/messages", "/_localstack/x"],
)
def test_the_emulators_own_controls_need_the_runs_token(path: str) -> None:
    for method in ("GET", "POST"):
        _refused(_plain(method, path))
        for said in (
            "",
            ".",
            "abc",
            f"abc.{TOKEN}",
            TOKEN,
            request_proof("another", "abc", method, unquote(path)),
            "tökén.tökén",
        ):
            _refused(_plain(method, path), more=[(PROOF_HEADER.encode(), said.encode())])
        opens = _opens(method, unquote(path))
        _refused(_plain(method, path), more=[*opens, (b"Sec-Fetch-Site", b"cross-site")])
        assert _ask(_plain(method, path), more=opens).status == 200


def test_a_proof_that_another_program_received_opens_nothing_else() -> None:
    """The other program took the port first, got the proof for the health check, and tries to use it."""
    for method, path in (
        ("POST", "/_ministack/reset"),
        ("POST", HEALTH),
        ("GET", "/_ministack/lambda-code/submit"),
    ):
        _refused(_plain(method, path), more=_opens())


def test_the_emulator_proves_that_it_is_of_this_run() -> None:
    answer = _ask(_plain(path=HEALTH), more=_opens())

    assert answer.headers[PROOF_HEADER] == answer_proof(TOKEN, "abc") != answer_proof("another", "abc")
    assert TOKEN not in str(answer) + str(_opens())


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/", b""),
        ("GET", "/health", b""),
        ("POST", "//_ministack/reset", b""),
        ("POST", "/", b"Action=CreateTopic&Name=x"),
        ("PUT", "/inbox/a.jpg", b""),
        ("POST", "/2015-03-31/functions/submit/invocations", b""),
        ("GET", "/", b"Action=ListTopics&X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fsns%2Faws4_request"),
        ("GET", "/latest/meta-data/iam/security-credentials/", b""),
    ],
)
def test_a_request_without_a_signature_is_refused(method: str, path: str, query: bytes) -> None:
    _refused(_plain(method, path, query), b"Action=CreateTopic&Name=x")


def test_an_address_of_another_server_is_refused() -> None:
    _refused(_plain(path="http://evil.example/"))


def test_an_unknown_key_and_a_session_without_its_token_are_refused() -> None:
    method, path, query, headers = _by_header()
    renamed = [(name, value.replace(b"AKIA", b"test")) for name, value in headers]

    assert b"Its key is not a key of this run." in _refused((method, path, query, renamed), BODY).body
    _refused(_by_header(token="of another session"), BODY)
    assert _ask(_by_header(token="session"), BODY).status == 200


def test_a_body_that_differs_from_the_signed_body_is_refused() -> None:
    assert b"does not verify" in _refused(_by_header(), b'{"TableName":"others"}').body
    assert b"not the one that was signed" in _refused(_object(), b"another").body


def test_a_long_body_is_not_read_before_its_signature_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "UNHASHED_BODY_MAX_BYTES", 20)

    assert b"longer than 20 bytes" in _refused(_by_header(), BODY).body
    assert _ask(_object(body=b"p" * 100), b"p" * 100).status == 200  # its hash is signed: verified without the body


def test_a_subscription_is_confirmed_by_its_token_alone() -> None:
    query = b"Action=ConfirmSubscription&TopicArn=arn%3Aaws&Token=1234"
    behind = Behind()

    more = [(b"X-Amz-Target", b"AmazonSQS.PurgeQueue"), (b"Cookie", b"x")]
    assert _ask(_plain(query=query), b"Action=DeleteTopic", behind, more=more).status == 200
    assert behind.scopes[0]["headers"] == [(b"host", HOST.encode())]
    assert behind.bodies == [b""]


@pytest.mark.parametrize(
    ("method", "query", "more"),
    [
        ("POST", b"Action=ConfirmSubscription&TopicArn=a&Token=1", []),
        ("GET", b"Action=ConfirmSubscription&Action=DeleteTopic&TopicArn=a&Token=1", []),
        ("GET", b"Action=ConfirmSubscription&TopicArn=a&Token=1&X=2", []),
        ("GET", b"Action=Unsubscribe&TopicArn=a&Token=1", []),
        ("GET", b"Action=ConfirmSubscription&TopicArn=a&Token=1", [(b"Sec-Fetch-Site", b"cross-site")]),
        ("GET", b"Action=ConfirmSubscription&TopicArn=a&Token=1", [(b"Origin", b"null")]),
    ],
)
def test_no_other_request_counts_as_a_confirmation(method: str, query: bytes, more: Headers) -> None:
    _refused(_plain(method, query=query), more=more)


def test_the_refusal_has_the_format_of_the_service_that_was_asked() -> None:
    form = [(b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")]

    assert json.loads(_refused(_plain()).body)["__type"] == "AccessDenied"
    assert _refused(_plain("POST"), more=form).body.startswith(b"<ErrorResponse><Error><Code>AccessDenied</Code>")
    method, path, query, headers = _object()
    assert _refused((method, path + "x", query, headers), b"picture").body.startswith(b"<Error><Code>AccessDenied")
    assert _refused(_plain("HEAD")).body == b""


def test_a_socket_is_closed_before_it_is_accepted() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    behind = Behind()
    asyncio.run(Gate(behind, [HOST], TOKEN, lambda *_: SECRET)({"type": "websocket"}, receive, send))

    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert behind.scopes == []
