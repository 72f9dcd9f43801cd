"""Signatures of requests, made by botocore, which also signs for the command line and the functions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.stack.signatures import Claim, ReceivedRequest, RefusedError, claim_of

SECRET = "the secret of this run"
HOST = "127.0.0.1:4566"
Headers = list[tuple[bytes, bytes]]


def _signed(signer: Any, request: AWSRequest) -> tuple[str, str, bytes, Headers]:
    signer.add_auth(request)
    split = urlsplit(str(request.url))
    headers = [(name.encode(), str(value).encode()) for name, value in request.headers.items()]
    return str(request.method), split.path or "/", split.query.encode(), headers


def _by_header(body: bytes = b'{"TableName":"edits"}', token: str | None = None) -> tuple[str, str, bytes, Headers]:
    headers = {"Host": HOST, "X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}
    request = AWSRequest("POST", f"http://{HOST}/", headers=headers, data=body)
    return _signed(SigV4Auth(Credentials("AKIA", SECRET, token), "dynamodb", "us-east-1"), request)


def _object(method: str = "PUT", body: bytes = b"picture") -> tuple[str, str, bytes, Headers]:
    request = AWSRequest(method, f"http://{HOST}/inbox/a%20b/%C3%BC%2B.jpg", headers={"Host": HOST}, data=body)
    return _signed(S3SigV4Auth(Credentials("AKIA", SECRET), "s3", "us-east-1"), request)


def _link(seconds: int = 300, method: str = "GET", service: str = "s3") -> tuple[str, str, bytes, Headers]:
    request = AWSRequest(method, f"http://{HOST}/outbox/a%20b.jpg?response-content-type=image%2Fjpeg")
    signer = S3SigV4QueryAuth(Credentials("AKIA", SECRET), service, "us-east-1", expires=seconds)
    method, path, query, headers = _signed(signer, request)
    return method, path, query, [*headers, (b"host", HOST.encode())]


def _claim(asked: tuple[str, str, bytes, Headers], now: datetime | None = None) -> Claim:
    return claim_of(ReceivedRequest.of(*asked), now)


def _proven(asked: tuple[str, str, bytes, Headers], body: bytes = b"", secret: str = SECRET) -> bool:
    claim = _claim(asked)
    return claim.proven(secret, body if claim.needs_body else b"") and claim.is_body(body)


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (_by_header, b'{"TableName":"edits"}'),
        (lambda: _by_header(token="session/token+"), b'{"TableName":"edits"}'),
        (_object, b"picture"),
        (lambda: _object("GET", b""), b""),
        (_link, b""),
        (lambda: _link(method="PUT"), b"whatever is put"),
    ],
)
def test_a_request_that_was_signed_with_the_secret_is_proven(
    asked: Callable[[], tuple[str, str, bytes, Headers]], body: bytes
) -> None:
    assert _proven(asked(), body)
    assert not _proven(asked(), body, "another secret")
    assert not _proven(asked(), body, "")


def test_a_body_that_was_not_signed_does_not_belong_to_the_request() -> None:
    assert not _proven(_by_header(), b'{"TableName":"others"}')
    assert not _proven(_object(), b"another picture")


@pytest.mark.parametrize("asked", [_by_header, _object, _link])
def test_another_method_path_query_or_host_was_not_signed(
    asked: Callable[[], tuple[str, str, bytes, Headers]],
) -> None:
    method, path, query, headers = asked()
    body = b'{"TableName":"edits"}'
    elsewhere = [(name, b"127.0.0.1:80" if name.lower() == b"host" else value) for name, value in headers]

    assert not _proven(("DELETE", path, query, headers), body)
    assert not _proven((method, path + "x", query, headers), body)
    assert not _proven((method, path, query + b"&acl=1", headers), body)
    assert not _proven((method, path, query, elsewhere), body)


@pytest.mark.parametrize("asked", [_by_header, _object, _link])
def test_a_header_that_was_not_signed_is_not_passed_on(
    asked: Callable[[], tuple[str, str, bytes, Headers]],
) -> None:
    method, path, query, headers = asked()
    added = [
        *headers,
        (b"X-Amz-Copy-Source", b"/inbox/secret"),
        (b"X-Amz-Request-Route", b"iam"),
        (b"X-Forwarded-Host", b"evil.example"),
        (b"User-Agent", b"a client"),
    ]

    passed = {name.lower() for name, _ in _claim((method, path, query, added)).passed_on(added)}

    assert passed == {name.lower() for name, _ in headers} | {b"user-agent"}


def test_a_link_drops_a_target_header_that_was_not_signed() -> None:
    method, path, query, headers = _link()
    added = [*headers, (b"x-amz-target", b"AmazonSQS.PurgeQueue"), (b"authorization", b"")]

    with pytest.raises(RefusedError):
        _claim((method, path, query, added))
    assert b"x-amz-target" not in dict(_claim((method, path, query, added[:-1])).passed_on(added))


def test_a_signature_is_valid_for_fifteen_minutes() -> None:
    now = datetime.now(UTC)

    for minutes in (-14, 14):
        assert _claim(_by_header(), now + timedelta(minutes=minutes)).proven(SECRET, b'{"TableName":"edits"}')
    for minutes in (-16, 16):
        with pytest.raises(RefusedError, match="stale"):
            _claim(_by_header(), now + timedelta(minutes=minutes))


def test_a_link_is_valid_for_its_own_time_and_for_seven_days_at_most() -> None:
    now = datetime.now(UTC)

    assert _claim(_link(300), now + timedelta(seconds=290)).proven(SECRET)
    with pytest.raises(RefusedError, match="expired"):
        _claim(_link(300), now + timedelta(seconds=302))
    with pytest.raises(RefusedError, match="expired"):
        _claim(_link(300), now - timedelta(minutes=16))
    for seconds in (0, 604_801, 9_999_999):
        with pytest.raises(RefusedError, match="1 to 604800"):
            _claim(_link(seconds))


def test_only_links_to_objects_are_accepted() -> None:
    with pytest.raises(RefusedError, match="Only links to objects"):
        _claim(_link(service="sts"))


def _replaced(headers: Headers, name: bytes, change: Callable[[bytes], bytes]) -> Headers:
    return [(one, change(value) if one.lower() == name else value) for one, value in headers]


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.replace(b"AWS4-HMAC-SHA256", b"AWS4-ECDSA-P256-SHA256"),
        lambda value: value.replace(b"AWS4-HMAC-SHA256 ", b"AWS "),
        lambda value: value.replace(b"SignedHeaders=content-type;host;", b"SignedHeaders=content-type;"),
        lambda value: value.replace(b"AKIA/", b"/"),
        lambda value: value.partition(b"Signature=")[0],
        lambda _: b"AWS test:signature",
        lambda _: b"AWS4-HMAC-SHA256 ",
        lambda _: b"Bearer AWS4-HMAC-SHA256",
        lambda _: b"",
    ],
)
def test_a_malformed_authorization_is_refused(change: Callable[[bytes], bytes]) -> None:
    method, path, query, headers = _by_header()

    with pytest.raises(RefusedError):
        _claim((method, path, query, _replaced(headers, b"authorization", change)))


@pytest.mark.parametrize("date", [b"", b"yesterday", b"20261130T000000", b"99999999T999999Z"])
def test_a_signature_without_a_date_is_refused(date: bytes) -> None:
    method, path, query, headers = _by_header()

    with pytest.raises(RefusedError):
        _claim((method, path, query, _replaced(headers, b"x-amz-date", lambda _: date)))


@pytest.mark.parametrize("name", [b"Authorization", b"Host", b"X-Amz-Target", b"X-Amz-Date"])
def test_a_header_that_selects_an_action_may_not_be_repeated(name: bytes) -> None:
    method, path, query, headers = _by_header()
    again = next(value for one, value in headers if one.lower() == name.lower())

    with pytest.raises(RefusedError, match="is repeated"):
        ReceivedRequest.of(method, path, query, [*headers, (name.lower(), again)])


@pytest.mark.parametrize("more", [b"&X-Amz-Credential=test", b"&x-amz-credential=test", b"&X-AMZ-EXPIRES=604800"])
def test_a_parameter_of_the_signature_may_not_be_repeated(more: bytes) -> None:
    method, path, query, headers = _link()

    with pytest.raises(RefusedError, match="is repeated"):
        _claim((method, path, query + more, headers))


@pytest.mark.parametrize("query", [b"AWSAccessKeyId=test&Signature=x&Expires=9", b"X-Amz-Credential=test/x"])
def test_links_with_an_older_or_incomplete_signature_are_refused(query: bytes) -> None:
    with pytest.raises(RefusedError):
        _claim(("GET", "/inbox/a.jpg", query, [(b"host", HOST.encode())]))


def test_a_request_that_is_signed_in_two_places_is_refused() -> None:
    method, path, _, headers = _by_header()

    with pytest.raises(RefusedError, match="two places"):
        _claim((method, path, b"X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request", headers))


def test_a_query_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(RefusedError, match="ASCII"):
        ReceivedRequest.of("GET", "/", "ü=1".encode(), [(b"host", HOST.encode())])
