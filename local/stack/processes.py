"""Children of the local stack: started in a group of their own, stopped as a group, so that none is left behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.stack import guard


class LocalStackError(Exception):
    """Something on this machine is in the way; the message is one sentence for its user."""


def free_port() -> int:
    """A loopback port that nobody holds right now; the system will not hand it out again at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """One process and everything it starts. It ends when told to, and when this process ends in whatever way.

    Without a `log` what it says goes to this process's standard error.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path | None, folder: Path
    ) -> None:
        self.log = log
        with log.open("wb") if log else contextlib.nullcontext(sys.stderr) as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own command, no shell
                [sys.executable, guard.__file__, *command],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The leader of the group that everything started here belongs to."""
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None

    def last_lines(self, count: int = 5) -> str:
        """The end of its log, for an error message."""
        text = self.log.read_text(errors="replace") if self.log else ""
        return "\n".join(text.splitlines()[-count:])

    def stop(self) -> None:
        """Ask it to end, give it a moment, then end whatever is left of the group: also when interrupted."""
        try:
            if self._process.stdin:
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(guard.GRACE_SECONDS + 1)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            _wait_until_gone(self._process.pid)


def _wait_until_gone(group: int) -> None:
    end = time.monotonic() + guard.GRACE_SECONDS
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.02)
