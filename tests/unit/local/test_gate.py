"""The gate in front of the emulator, called as a server calls it: no refused request reaches the emulator."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from local.stack import gate
from local.stack.gate import PROOF_HEADER, Gate, answer_proof, request_proof
from tests.unit.local.gated import BODY, HEALTH, TOKEN, Behind, ask, opens, plain, refused
from tests.unit.local.test_signatures import HOST, SECRET, Headers, _by_header, _link, _object


@pytest.mark.parametrize(("asked", "body"), [(_by_header, BODY), (_object, b"picture"), (_link, b"")])
def test_a_signed_request_reaches_the_emulator_with_its_body(
    asked: Callable[[], tuple[str, str, bytes, Headers]], body: bytes
) -> None:
    behind = Behind()

    assert ask(asked(), body, behind).status == 200
    assert behind.bodies == [body]


def test_the_body_of_a_presigned_request_is_not_passed_on() -> None:
    behind = Behind()

    ask(_link(), b"Action=CreateTopic", behind)

    assert behind.bodies == [b""]


@pytest.mark.parametrize(
    "path",
    ["/_ministack/health", "/_ministack/reset", "/%5fministack/reset", "/_aws/sqs/messages", "/_localstack/x"],
)
def test_the_emulators_own_controls_need_the_runs_token(path: str) -> None:
    for method in ("GET", "POST"):
        refused(plain(method, path))
        for said in (
            "",
            ".",
            "abc",
            f"abc.{TOKEN}",
            TOKEN,
            request_proof("another", "abc", method, unquote(path)),
            "tökén.tökén",
        ):
            refused(plain(method, path), more=[(PROOF_HEADER.encode(), said.encode())])
        proof = opens(method, unquote(path))
        refused(plain(method, path), more=[*proof, (b"Sec-Fetch-Site", b"cross-site")])
        assert ask(plain(method, path), more=proof).status == 200


def test_a_proof_that_another_program_received_opens_nothing_else() -> None:
    """The other program took the port first, got the proof for the health check, and tries to use it."""
    for method, path in (
        ("POST", "/_ministack/reset"),
        ("POST", HEALTH),
        ("GET", "/_ministack/lambda-code/submit"),
    ):
        refused(plain(method, path), more=opens())


def test_the_emulator_proves_that_it_is_of_this_run() -> None:
    answer = ask(plain(path=HEALTH), more=opens())

    assert answer.headers[PROOF_HEADER] == answer_proof(TOKEN, "abc") != answer_proof("another", "abc")
    assert TOKEN not in str(answer) + str(opens())


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
    refused(plain(method, path, query), b"Action=CreateTopic&Name=x")


def test_an_address_of_another_server_is_refused() -> None:
    refused(plain(path="http://evil.example/"))


def test_an_unknown_key_and_a_session_without_its_token_are_refused() -> None:
    method, path, query, headers = _by_header()
    renamed = [(name, value.replace(b"AKIA", b"test")) for name, value in headers]

    assert b"Its key is not a key of this run." in refused((method, path, query, renamed), BODY).body
    refused(_by_header(token="of another session"), BODY)
    assert ask(_by_header(token="session"), BODY).status == 200


def test_a_body_that_differs_from_the_signed_body_is_refused() -> None:
    assert b"does not verify" in refused(_by_header(), b'{"TableName":"others"}').body
    assert b"not the one that was signed" in refused(_object(), b"another").body


def test_a_long_body_is_not_read_before_its_signature_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "UNHASHED_BODY_MAX_BYTES", 20)

    assert b"longer than 20 bytes" in refused(_by_header(), BODY).body
    assert ask(_object(body=b"p" * 100), b"p" * 100).status == 200  # its hash is signed: verified without the body


def test_a_subscription_is_confirmed_by_its_token_alone() -> None:
    query = b"Action=ConfirmSubscription&TopicArn=arn%3Aaws&Token=1234"
    behind = Behind()

    more = [(b"X-Amz-Target", b"AmazonSQS.PurgeQueue"), (b"Cookie", b"x")]
    assert ask(plain(query=query), b"Action=DeleteTopic", behind, more=more).status == 200
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
    refused(plain(method, query=query), more=more)


def test_the_refusal_has_the_format_of_the_service_that_was_asked() -> None:
    form = [(b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")]

    assert json.loads(refused(plain()).body)["__type"] == "AccessDenied"
    assert refused(plain("POST"), more=form).body.startswith(b"<ErrorResponse><Error><Code>AccessDenied</Code>")
    method, path, query, headers = _object()
    assert refused((method, path + "x", query, headers), b"picture").body.startswith(b"<Error><Code>AccessDenied")
    assert refused(plain("HEAD")).body == b""


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
