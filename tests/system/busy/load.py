"""Processes that do nothing but keep the machine's cores busy."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

# Each looks now and then whether its parent is still there: a parent that was killed ends nothing.
_LOOP = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    for _ in range(1_000_000):\n        pass\n"


@contextlib.contextmanager
def busy(count: int) -> Iterator[list[int]]:
    """The process ids of so many busy processes; none is left at the end of the context, however it ends."""
    command = [sys.executable, "-S", "-c", _LOOP, str(os.getpid())]
    started: list[subprocess.Popen[bytes]] = []
    try:
        # In a session of their own, so that Ctrl-C reaches them only from here and they print nothing.
        started.extend(subprocess.Popen(command, start_new_session=True) for _ in range(count))
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.kill()
        for one in started:
            one.wait()
