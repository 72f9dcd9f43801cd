"""Child processes of the local stack, and the errors of its commands.

Each child is a process group and is stopped as a group, so that none is left.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typer

from depthdrop_cli.terminal.errors import CliError, not_utf8
from depthdrop_cli.terminal.output import PlainConsole
from local.stack import end_with_parent


class LocalStackError(CliError):
    """An error of this machine or of its user; the message is one sentence for the user."""


@contextlib.contextmanager
def explained(failure: str) -> Iterator[None]:
    """An OSError becomes a LocalStackError that says `failure` and the reason."""
    try:
        yield
    except OSError as error:
        raise LocalStackError(f"{failure}: {error.strerror}.") from error


@contextlib.contextmanager
def errors_as_sentences() -> Iterator[None]:
    """A command's errors become a sentence on standard error, and exit code 1; Ctrl-C becomes 130."""
    errors = PlainConsole(stderr=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except (CliError, OSError, UnicodeEncodeError) as error:
        errors.print(_sentence_of(error))
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        errors.print("Stopped. Nothing is left running.")
        raise typer.Exit(130) from interrupt


def _sentence_of(error: CliError | OSError | UnicodeEncodeError) -> str:
    match error:
        case CliError():
            return str(error)
        case UnicodeEncodeError():
            return not_utf8(error)
    return f"Error on this machine: {error}"


def free_port() -> int:
    """A free loopback port; the system does not give it to another program at once."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different free loopback ports."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a program accepts a connection to this address within a second."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Child:
    """A process with its children. `stop` ends it, and so does the end of this process, however it ends.

    Without a `log` its output goes to this process's standard error.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path | None, folder: Path
    ) -> None:
        with log.open("wb") if log else contextlib.nullcontext(sys.stderr) as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own command, no shell
                [sys.executable, end_with_parent.__file__, *command],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The leader of the process group."""
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, after some seconds by force, with the whole group; also when interrupted."""
        try:
            if self._process.stdin:
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(end_with_parent.GRACE_SECONDS + 1)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            end = time.monotonic() + end_with_parent.GRACE_SECONDS
            with contextlib.suppress(ProcessLookupError, PermissionError):
                while time.monotonic() < end:
                    os.killpg(self._process.pid, 0)  # raises once the whole group is gone
                    time.sleep(0.02)
