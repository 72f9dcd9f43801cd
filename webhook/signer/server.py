"""Both services on loopback, each in a thread.

with signing(sns, "us-east-1", receiver="http://127.0.0.1:8080/sns") as signer:
    sns.subscribe(TopicArn=..., Protocol="http", Endpoint=signer.endpoint)
"""

import contextlib
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from depthdrop_cli.stack.no_links import replace_below
from depthdrop_cli.stack.ownership import PRIVATE
from signer.app import Delivery, Desk, deliveries, sns_host
from signer.authority import root

LOOPBACK = "127.0.0.1"
_START_SECONDS = 60.0  # seconds; a start takes about a tenth of one, and longer on a busy machine


@dataclass(frozen=True, slots=True)
class Signer:
    """A running signer. `address` and `authority_file` are what a receiver's development switch wants.

    endpoint: what to subscribe at the emulator, with protocol http; its path is random and new in every run.
    address: host and port of the stand-in for SNS's own host; it speaks HTTPS.
    deliveries: every message that came, as it was passed on.
    """

    endpoint: str
    address: str
    authority_file: Path
    deliveries: list[Delivery]


@contextlib.contextmanager
def signing(sns: Any, region: str, receiver: str, *, pause_seconds: float = 0.5) -> Iterator[Signer]:
    """Raises RuntimeError when the services do not start."""
    host = f"sns.{region}.amazonaws.com"
    authority = root("depthdrop's local signer")
    desk = Desk(receiver, host, authority.issue(["sns.amazonaws.com"]), sns, pause_seconds)
    token = secrets.token_urlsafe(32)
    with (
        tempfile.TemporaryDirectory(prefix="depthdrop-signer-") as folder,
        socket.create_server((LOOPBACK, 0)) as plain,
        socket.create_server((LOOPBACK, 0)) as secured,
    ):
        tls = authority.issue([host])
        tls_file = replace_below(Path(folder), "tls.pem", tls.key_pem + tls.pem, PRIVATE)
        authority_file = replace_below(Path(folder), "authority.pem", authority.pem)
        with (
            _served(deliveries(desk, token), plain),
            _served(sns_host(desk), secured, ssl_certfile=tls_file, ssl_keyfile=tls_file),
        ):
            yield Signer(f"http://{_address(plain)}/{token}", _address(secured), authority_file, desk.deliveries)


@contextlib.contextmanager
def _served(app: Starlette, sock: socket.socket, **tls: Any) -> Iterator[None]:
    config = uvicorn.Config(
        app, lifespan="off", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=2, **tls
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([sock],), name="signer")
    thread.start()
    end = time.monotonic() + _START_SECONDS
    try:
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                raise RuntimeError("the signer did not start")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _address(sock: socket.socket) -> str:
    return f"{LOOPBACK}:{sock.getsockname()[1]}"
