"""A receiver's process, started as its users start it."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local.stack.processes import free_port
from tests.system.e2e.commands import ROOT


def environment(**settings: str) -> dict[str, str]:
    named = {f"WEBHOOK_{name.upper()}": value for name, value in settings.items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}/webhook", **named}


def closed(port: int) -> bool:
    """Whether nothing listens on this port of the loopback."""
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=240):
        return False
    return True


COMMAND = [sys.executable, "-m", "receiver"]


class ReceiverProcess:
    """May be stopped and started again: the file of events stays, and so does the port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self._database = folder / "events.sqlite3"
        self._log = folder / "receiver.log"
        self._environment = environment(database=str(self._database), port=str(self.port), **settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sns"

    @property
    def log(self) -> str:
        return self._log.read_text()

    def events(self) -> list[tuple[str, str]]:
        """Subject and type of what was handled, in the order of coming."""
        with closing(sqlite3.connect(self._database)) as database:
            return database.execute("SELECT subject, type FROM events ORDER BY received_at").fetchall()

    def configure(self, **settings: str) -> None:
        self._environment |= environment(**settings)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(COMMAND, env=self._environment, stdout=log, stderr=log)
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False) as client:
            assert client.get(f"http://127.0.0.1:{self.port}/healthz", timeout=240).status_code == 200, self.log

    def terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=240)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
