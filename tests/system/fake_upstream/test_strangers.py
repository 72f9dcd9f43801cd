"""What a web page, a rebound name or another user gets from the fake upstream's two ports: nothing."""

import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from local.fake_upstream import FakeUpstream, Settings
from local.fake_upstream.admin import TOKEN_HEADER
from tests.system.fake_upstream.client import HANG_SECONDS, Client
from tests.unit.fake_upstream.talk import PICTURE, HandClock

pytestmark = pytest.mark.sockets

ADMIN = [
    ("GET", "ledger"),
    ("GET", "state"),
    ("GET", "faults"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("POST", "reset"),
    ("POST", "key"),
    ("POST", "settings"),
    ("GET", "nothing"),
    ("GET", ""),
]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeUpstream]:
    with FakeUpstream(Settings(median=1, mean=1, speed=100), HandClock()) as running:
        yield running


def raw(url: str, request: str) -> str:
    """The answer to a request written by hand; the connection's end is the answer's."""
    at = httpx.URL(url)
    with socket.create_connection((at.host, at.port or 0), timeout=HANG_SECONDS) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received.decode()


@pytest.mark.parametrize(("method", "path"), ADMIN)
@pytest.mark.parametrize("token", [None, "", "guessed", "é"])
def test_admin_asks_for_its_token_whatever_is_asked(
    fake: FakeUpstream, method: str, path: str, token: str | None
) -> None:
    headers = {} if token is None else {TOKEN_HEADER.encode(): token.encode()}
    answer = httpx.request(method, f"{fake.url}/admin/{path}", headers=headers, timeout=HANG_SECONDS)

    assert answer.status_code == 403
    assert answer.text == "X-Fake-Upstream-Token must be the token made at start.\n"


def test_with_the_token_admin_answers(fake: FakeUpstream) -> None:
    answers = [
        httpx.get(
            f"{fake.url}/admin/{path}", headers={TOKEN_HEADER: fake.admin_token}, timeout=HANG_SECONDS
        ).status_code
        for path in ("ledger", "state", "faults", "nothing")
    ]

    assert answers == [200, 200, 200, 404]


def test_the_token_and_the_key_are_others_in_every_run() -> None:
    upstreams = [FakeUpstream() for _ in range(3)]
    for one in upstreams:
        one.stop()

    assert len({secret for one in upstreams for secret in (one.admin_token, one.key)}) == 6
    assert all(len(secret) >= 32 for one in upstreams for secret in (one.admin_token, one.key))


@pytest.mark.parametrize("path", ["/admin/reset", "/flux/v1/flux-pro-1-0-depth"])
def test_a_refusal_does_not_wait_for_the_body(fake: FakeUpstream, path: str) -> None:
    """A kilobyte is announced and none of it is sent."""
    at = httpx.URL(fake.url)
    with socket.create_connection((at.host, at.port or 0), timeout=HANG_SECONDS) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {at.netloc.decode()}\r\nContent-Length: 1024\r\n\r\n"
        connection.sendall(head.encode())

        assert re.match(rb"HTTP/1.1 40[13] ", connection.recv(4096))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_pages_simple_post_spends_nothing(fake: FakeUpstream, content_type: str) -> None:
    """What a no-cors fetch or a form can send: any body, no Authorization. With old browsers' headers, then new."""
    before = fake.ledger.count
    url, body = f"{fake.url}/flux/v1/flux-pro-1-0-depth", {"prompt": "x", "control_image": PICTURE}
    old = httpx.post(url, json=body, headers={"Content-Type": content_type}, timeout=HANG_SECONDS)
    new = httpx.post(
        url, json=body, headers={"Content-Type": content_type, "Sec-Fetch-Site": "cross-site"}, timeout=HANG_SECONDS
    )

    assert (old.status_code, new.status_code) == (401, 403)
    assert fake.ledger.count == before


@pytest.mark.parametrize("port", ["api", "delivery"])
@pytest.mark.parametrize(
    "request_",
    [
        "GET / HTTP/1.0\n\n",
        "GET / HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
        "GET / HTTP/1.1\nHost: evil.example:PORT\nConnection: close\n\n",
        "GET http://evil.example/ HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
        (
            "OPTIONS / HTTP/1.1\nHost: 127.0.0.1:PORT\nOrigin: https://evil.example\n"
            "Access-Control-Request-Method: POST\nAccess-Control-Request-Headers: authorization\n"
            "Connection: close\n\n"
        ),
        (
            "GET / HTTP/1.1\nHost: 127.0.0.1:PORT\nOrigin: https://evil.example\nConnection: Upgrade, close\n"
            "Upgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n"
        ),
    ],
    ids=["no Host", "foreign Host", "rebound name", "absolute target", "preflight", "websocket"],
)
def test_what_a_page_can_send_is_refused_on_both_ports(fake: FakeUpstream, port: str, request_: str) -> None:
    url = fake.url if port == "api" else fake.delivery_url
    counted = fake.state["requests"], fake.state["stray_requests"]
    answer = raw(url, request_.replace("PORT", str(httpx.URL(url).port)))

    assert answer.startswith("HTTP/1.1 403 ")
    assert "access-control-" not in answer.lower()
    assert (fake.state["requests"], fake.state["stray_requests"]) == counted


def test_neither_port_listens_on_ipv6(fake: FakeUpstream) -> None:
    for url in (fake.url, fake.delivery_url):
        with pytest.raises(OSError, match=r"refused|unavailable|not supported|unreachable|assign"):
            socket.create_connection(("::1", httpx.URL(url).port or 0), timeout=HANG_SECONDS)


def test_a_sample_is_fetched_by_a_function_and_shown_by_a_page_that_cannot_read_it(fake: FakeUpstream) -> None:
    client = Client(fake)
    client.post("a garden")
    link = client.link(fake.ledger.charges[-1].task_id)
    client.close()
    shown = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    read = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Origin": "http://127.0.0.1:1"}
    answers = [httpx.get(link, headers=headers, timeout=HANG_SECONDS) for headers in ({}, shown, read)]

    assert [one.status_code for one in answers] == [200, 200, 403]
    assert not any(name.startswith("access-control-") for one in answers for name in one.headers)


def test_under_a_containers_name_for_this_machine_links_carry_that_name_too() -> None:
    settings = Settings(median=1, mean=1, speed=100, extra_hosts=frozenset({"host.test"}))
    with FakeUpstream(settings, HandClock()) as fake:
        seen = httpx.URL(fake.url)
        client = Client(fake)
        client.post("a garden")
        client.link(task_id := fake.ledger.charges[0].task_id)
        client.close()
        headers = {"Host": f"host.test:{seen.port}", "Authorization": f"Bearer {fake.key}"}
        ready = httpx.get(
            f"{fake.url}/flux/v1/get_result?id={task_id}", headers=headers, timeout=HANG_SECONDS
        ).json()
        link = httpx.URL(ready["result"]["sample"])
        answer = httpx.get(
            link.copy_with(host="127.0.0.1"), headers={"Host": link.netloc.decode()}, timeout=HANG_SECONDS
        )

    assert link.netloc.decode() == f"host.test:{httpx.URL(fake.delivery_url).port}"
    assert answer.status_code == 200
