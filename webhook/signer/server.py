"""Both services on loopback, each in a thread.

with signing(sns, "us-east-1", receiver="http://127.0.0.1:8080/sns") as signer:
    sns.subscribe(TopicArn=..., Protocol="http", Endpoint=signer.endpoint)
"""

import contextlib
import secrets
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depthdrop_cli.stack.no_links import replace_below
from depthdrop_cli.stack.ownership import PRIVATE
from depthdrop_cli.stack.serving import serving
from signer.app import Delivery, SignerState, deliveries, sns_host
from signer.authority import root

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Signer:
    """A running signer. A receiver's development switch needs `address` and `authority_file`.

    endpoint: subscribe it at the emulator, with protocol http; its path is random and new in every run.
    address: host and port of the service that replaces SNS's own host; it speaks HTTPS.
    deliveries: every message that was received, as it was passed on.
    """

    endpoint: str
    address: str
    authority_file: Path
    deliveries: list[Delivery]


@contextlib.contextmanager
def signing(sns: Any, region: str, receiver: str, *, pause_seconds: float = 0.5) -> Iterator[Signer]:
    """Run the signer for `receiver`, the URL to deliver to. Raises CliError when a service does not start."""
    host = f"sns.{region}.amazonaws.com"
    authority = root("depthdrop's local signer")
    state = SignerState(receiver, host, authority.issue(["sns.amazonaws.com"]), sns, pause_seconds)
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
            serving(deliveries(state, token), plain),
            serving(sns_host(state), secured, ssl_certfile=tls_file, ssl_keyfile=tls_file),
        ):
            yield Signer(f"http://{_address(plain)}/{token}", _address(secured), authority_file, state.deliveries)


def _address(sock: socket.socket) -> str:
    return f"{LOOPBACK}:{sock.getsockname()[1]}"
