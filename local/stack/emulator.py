"""MiniStack as a child process: AWS on a loopback port, without Docker and without an account."""

import contextlib
import json
import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

from depthdrop.environment import CONTAINER_HOST
from depthdrop_cli.stack.no_links import replace_below
from depthdrop_cli.stack.ownership import PRIVATE
from local.stack import gated_emulator
from local.stack.gate import PROOF_HEADER, answer_proof, request_proof
from local.stack.loopback_only import LOOPBACK_NAMES
from local.stack.processes import Child, LocalStackError, free_port

REGION = "us-east-1"
_READY_SECONDS = 120.0  # a start takes two; a busy machine may need most of them
_TRIES = 3
_HEALTH = "/_ministack/health"
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class Keys:
    """Root credentials of one run, which allow everything."""

    access_key: str = field(default_factory=lambda: f"AKIA{secrets.token_hex(8).upper()}")
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)


class Emulator:
    """A context manager that starts and ends the emulator. `folder` is for its log and its temporary files.

    It accepts requests signed with `keys` or with credentials that it issued itself (see `gate`). Its workers
    inherit its environment and nothing of ours: no key, no profile, no proxy. `extra` is added to that environment.
    With `containers` it also answers to a container's name for this machine.
    """

    def __init__(self, folder: Path, extra: Mapping[str, str] | None = None, *, containers: bool = False) -> None:
        self._folder = folder
        self._extra = extra or {}
        self._names = (*LOOPBACK_NAMES, *([CONTAINER_HOST] if containers else ()))
        self._token = secrets.token_urlsafe(32)
        self.keys = Keys()
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
        """A boto3 client for this emulator alone. It is kept: creating one is slow."""
        if service not in self._clients:
            make: Any = boto3.client  # its stubs know services by literal names only
            self._clients[service] = make(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=self.keys.access_key,
                aws_secret_access_key=self.keys.secret_key,
                aws_session_token="",
                config=Config(
                    signature_version="s3v4" if service == "s3" else None,
                    s3={"addressing_style": "path"},
                    retries={"total_max_attempts": 3, "mode": "standard"},
                    proxies={},
                ),
            )
        return self._clients[service]

    def __enter__(self) -> Self:
        temporary = self._folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        for _ in range(_TRIES):  # another program may take the free port first
            self.port = free_port()
            command = [sys.executable, "-P", gated_emulator.__file__, str(self._write_secrets())]
            child = self._child = Child(command, self._environment(temporary), self.log_path, self._folder)
            with contextlib.ExitStack() as unless_ready:
                unless_ready.callback(child.stop)
                if self._wait_until_ready(child):
                    unless_ready.pop_all()
                    return self
        log = self.log_path.read_text(errors="replace").splitlines()
        raise LocalStackError(f"The AWS emulator did not start: {''.join(log[-1:])}")

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self._child:
            self._child.stop()

    def _write_secrets(self) -> Path:
        """The file with the secrets for the emulator's process, which removes it: see `gated_emulator`."""
        hosts = [f"{name}:{self.port}" for name in self._names]
        run = {**asdict(self.keys), "token": self._token, "salt": secrets.token_urlsafe(32), "hosts": hosts}
        return replace_below(self._folder, f"gated-{secrets.token_hex(8)}.json", json.dumps(run).encode(), PRIVATE)

    def _environment(self, temporary: Path) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(temporary),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "INFO",
            "SFTP_ENABLED": "0",  # these two would listen on further ports
            "IOT_MTLS_ENABLED": "0",
            **self._extra,
        }

    def _wait_until_ready(self, child: Child) -> bool:
        end = time.monotonic() + _READY_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        nonce = secrets.token_hex(16)
        opener.addheaders = [(PROOF_HEADER, request_proof(self._token, nonce, "GET", _HEALTH))]
        while time.monotonic() < end and not child.ended():
            try:
                with opener.open(f"{self.url}{_HEALTH}", timeout=2) as answer:
                    # Another program that took the port cannot give this proof, and is sent no secret.
                    proof: str = answer.headers.get(PROOF_HEADER, "")
                    return proof == answer_proof(self._token, nonce)
            except OSError:
                time.sleep(0.05)
        return False
