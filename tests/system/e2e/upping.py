"""`make up` as a process of its own, in a folder of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.e2e.commands import environment
from tests.system.workflow.executions import until


@dataclass(frozen=True)
class Up:
    """`pid` is the command's own process, `said` what it said up to its being ready."""

    pid: int
    folder: Path
    said: str


@contextmanager
def up(folder: Path, *arguments: str, **extra: str) -> Iterator[Up]:
    """Ready on entry; stopped as Ctrl-C stops it."""
    log = folder / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--no-browser", *arguments],
            cwd=folder,
            env=environment(PYTHONUNBUFFERED="1", **extra),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def ready() -> str | None:
        assert process.poll() is None, log.read_text()
        return log.read_text() if "To drop, watch and compare:" in log.read_text() else None

    try:
        yield Up(process.pid, folder, until(ready, "the page's address"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(240)
