"""Runs one command until its own standard input closes, then ends the whole process group.

The local stack starts its children with it, so that even after a `kill -9` of the stack nothing is left running.
Usage: python guard.py COMMAND [ARGUMENT …], as the leader of its own process group.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 5.0


def main(command: list[str]) -> None:
    """Never returns: the group, this process included, is killed at the end."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # our own command, no shell
    threading.Thread(target=_exit_with, args=(child,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.buffer.read()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)  # also its children: it would wait for their connections
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _exit_with(child: "subprocess.Popen[bytes]") -> None:
    os._exit(child.wait())


if __name__ == "__main__":
    main(sys.argv[1:])
