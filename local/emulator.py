"""MiniStack as a child process: AWS on a loopback port, without Docker and without an account."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from local.processes import Child, LocalStackError, free_port

REGION = "us-east-1"
ACCOUNT = "000000000000"
_READY_SECONDS = 30.0
_TRIES = 3
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE")


class Emulator:
    """Started on entry, gone on exit. `folder` takes its log and its temporary files.

    Its workers inherit its environment and nothing of ours: no key, no profile, no proxy. `extra` is added to it.
    """

    def __init__(self, folder: Path, extra: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._extra = dict(extra or {})
        self._child: Child | None = None
        self._clients: dict[str, Any] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def log_path(self) -> Path:
        return self._folder / "emulator.log"

    def client(self, service: str) -> Any:
        """A boto3 client that can reach nothing but this emulator: one for each service, as making one is slow."""
        if service not in self._clients:
            self._clients[service] = self._make_client(service)
        return self._clients[service]

    def _make_client(self, service: str) -> Any:
        make: Any = boto3.client  # its stubs know services by literal names only
        return make(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # the emulator takes any
            config=Config(
                signature_version="s3v4" if service == "s3" else None,
                s3={"addressing_style": "path"},
                retries={"total_max_attempts": 3, "mode": "standard"},
                proxies={},
            ),
        )

    def __enter__(self) -> Self:
        temporary = self._folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        for _ in range(_TRIES):  # somebody may take the free port before the emulator does
            self.port = free_port()
            command = [sys.executable, "-m", "ministack"]
            child = self._child = Child(command, self._environment(temporary), self.log_path, self._folder)
            try:
                if self._wait_until_ready(child):
                    return self
            except BaseException:
                child.stop()
                raise
            child.stop()
        raise LocalStackError(f"The AWS emulator did not start: {child.last_lines(1)}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self._child:
            self._child.stop()

    def _environment(self, temporary: Path) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(temporary),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "INFO",
            "SFTP_ENABLED": "0",  # these two would listen on ports of their own
            "IOT_MTLS_ENABLED": "0",
            **self._extra,
        }

    def _wait_until_ready(self, child: Child) -> bool:
        end = time.monotonic() + _READY_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < end and not child.ended():
            try:
                with opener.open(f"{self.url}/_ministack/health", timeout=2):
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        return False
