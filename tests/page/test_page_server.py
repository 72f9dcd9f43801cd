"""The page's server on a real socket: it ends when it is told to, and does not wait for what it refuses."""

import logging
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from cli.errors import CliError
from cli.page.server import Served, served
from cli.stacks import find_stack
from tests.unit.cli.cloud import NAME, Cloud
from tests.unit.page.served import _no_real_account, _resources, cloud, stack, upstream

__all__ = ["_no_real_account", "_resources", "cloud", "stack", "upstream"]

pytestmark = pytest.mark.sockets


@pytest.fixture
def page(cloud: Cloud) -> Iterator[Served]:
    assert cloud.stack
    with served(find_stack(NAME), allow_drop=True) as running:
        yield running


def _asked(page: Served, head: str) -> socket.socket:
    """A connection on which this was sent and nothing more."""
    host = page.url.removeprefix("http://").rstrip("/")
    asking = socket.socket()
    asking.settimeout(20)
    asking.connect(("127.0.0.1", int(host.rpartition(":")[2])))
    asking.sendall(f"{head}\r\nHost: {host}\r\n\r\n".encode())
    return asking


def _rest(asking: socket.socket) -> bytes:
    """Everything that comes until the other side ends."""
    came = b""
    while chunk := asking.recv(65536):
        came += chunk
    return came


def test_pages_that_wait_for_news_are_told_goodbye_when_it_stops(cloud: Cloud) -> None:
    assert cloud.stack
    with served(find_stack(NAME), allow_drop=False) as running:
        waiting = [_asked(running, "GET /events HTTP/1.1") for _ in range(3)]
        begun = [one.recv(65536) for one in waiting]

    assert all(one.startswith(b"HTTP/1.1 200") for one in begun)
    assert all(_rest(one).endswith(b"0\r\n\r\n") for one in waiting)  # the last chunk: not broken off
    for one in waiting:
        one.close()


def test_a_post_from_elsewhere_is_refused_while_its_body_is_still_to_come(page: Served) -> None:
    head = "POST /drafts HTTP/1.1\r\nOrigin: https://evil.example\r\nContent-Length: 100000000"
    with closing(_asked(page, head)) as asking:
        answer = _rest(asking)

    assert answer.startswith(b"HTTP/1.1 403")
    assert b"content-security-policy" in answer


def test_it_listens_on_loopback_alone_and_says_when_a_port_is_taken(page: Served) -> None:
    port = int(page.url.rstrip("/").rpartition(":")[2])
    with (
        pytest.raises(CliError, match=f"cannot have port {port}"),
        served(page.app.stack, allow_drop=False, port=port),
    ):
        pass

    assert page._sock.getsockname()[0] == "127.0.0.1"


def test_no_address_is_logged(
    page: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), closing(_asked(page, "GET /?folder=s3cr3t HTTP/1.0")) as asking:
        answer = _rest(asking)

    assert answer.startswith(b"HTTP/1.1 200")
    for said in (caplog.text, *capfd.readouterr()):
        assert "GET /" not in said
        assert "?folder" not in said
