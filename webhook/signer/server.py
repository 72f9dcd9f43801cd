"""Both services on loopback, in a thread.

with Signer(sns, "us-east-1", receiver="http://127.0.0.1:8080/sns") as signer:
    sns.subscribe(TopicArn=..., Protocol="http", Endpoint=signer.endpoint)
"""

import asyncio
import contextlib
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn

from signer.app import Delivery, Desk, deliveries, sns_host
from signer.authority import root

LOOPBACK = "127.0.0.1"
_START_PATIENCE = 60.0  # seconds; a start takes about a tenth of one, and longer on a busy machine


class Signer:
    """A running signer. `address` and `authority_file` are what a receiver's development switch wants."""

    def __init__(self, sns: Any, region: str, receiver: str, *, pause_seconds: float = 0.5) -> None:
        host = f"sns.{region}.amazonaws.com"
        authority = root("depthdrop's local signer")
        tls = authority.issue([host])
        self._folder = tempfile.TemporaryDirectory(prefix="depthdrop-signer-")
        self.authority_file = Path(self._folder.name) / "authority.pem"
        self.authority_file.write_bytes(authority.pem)
        self._tls_file = Path(self._folder.name) / "tls.pem"
        self._tls_file.touch(mode=0o600)
        self._tls_file.write_bytes(tls.key_pem + tls.pem)
        self._desk = Desk(receiver, host, authority.issue(["sns.amazonaws.com"]), sns, pause_seconds=pause_seconds)
        self._sockets = [_bound(), _bound()]
        self._token = secrets.token_urlsafe(32)
        self._servers: list[_Server] = []
        self._thread: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        """What to subscribe at the emulator, with protocol http; its path is random and new in every run."""
        return f"http://{_address(self._sockets[0])}/{self._token}"

    @property
    def address(self) -> str:
        """Host and port of the stand-in for SNS's own host; it speaks HTTPS."""
        return _address(self._sockets[1])

    @property
    def deliveries(self) -> list[Delivery]:
        return list(self._desk.deliveries)

    def __enter__(self) -> Self:
        tls = {"ssl_certfile": self._tls_file, "ssl_keyfile": self._tls_file}
        ready = [threading.Event(), threading.Event()]
        configs = (_config(deliveries(self._desk, self._token)), _config(sns_host(self._desk), **tls))
        self._servers = [_Server(config, event) for config, event in zip(configs, ready, strict=True)]
        self._thread = threading.Thread(target=self._run, name="signer")
        self._thread.start()
        if not all(event.wait(_START_PATIENCE) for event in ready):
            self._stop()
            raise RuntimeError("the signer did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        for sock in self._sockets:
            sock.close()
        self._folder.cleanup()

    def _run(self) -> None:
        async def both() -> None:
            pairs = zip(self._servers, self._sockets, strict=True)
            await asyncio.gather(*(server.serve([sock]) for server, sock in pairs))

        asyncio.run(both())


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, telling when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: Any, **tls: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app, lifespan="off", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=2, **tls
    )


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind((LOOPBACK, 0))
    sock.listen()
    return sock


def _address(sock: socket.socket) -> str:
    return f"{LOOPBACK}:{sock.getsockname()[1]}"
