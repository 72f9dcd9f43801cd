"""Connections to the webhook's example service that say nothing, or stop in the middle of a request's head."""

import contextlib
import socket
from pathlib import Path

import httpx
import pytest

from depthdrop_cli.stack.serving import serving
from receiver.service import SERVER_OPTIONS, Protocol
from tests.unit.webhook.delivery import Delivery
from tests.unit.webhook_receiver.test_service import within

pytestmark = pytest.mark.sockets


def test_a_hundred_silent_connections_keep_nobody_out_and_are_closed(tmp_path: Path) -> None:
    class Hasty(Protocol):
        seconds = 1.0

    heads = [b"", b"POST /sns HT", b"POST /sns HTTP/1.1\r\nHost: x\r\nX: "]
    genuine = Delivery.genuine().content()
    with contextlib.ExitStack() as held:
        sock = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        held.enter_context(serving(within(tmp_path, seconds=120), sock, **{**SERVER_OPTIONS, "http": Hasty}))
        silent = [held.enter_context(socket.create_connection(sock.getsockname())) for _ in range(100)]
        for number, one in enumerate(silent):
            one.sendall(heads[number % len(heads)])
            one.settimeout(120)

        answer = httpx.post(
            f"http://127.0.0.1:{sock.getsockname()[1]}/sns", content=genuine, trust_env=False, timeout=120
        )
        left = [one.recv(100) for one in silent]

    assert (answer.status_code, answer.text) == (200, "handled")
    assert answer.headers["connection"] == "close"
    assert left == [b""] * 100
