"""Distinguishes a process from a later one with the same number, and finds who listens on a port."""

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

from depthdrop_cli.stack.ownership import me

_LISTENS = "0A"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def started_at(pid: int) -> str | None:
    """When this user's process with this number was started, as the system writes it; None if none runs.

    It differs between two processes with one number: on Linux in clock ticks since a boot, elsewhere in seconds.
    """
    if not _BOOT.exists():
        return from_ps(_ps(pid), me())
    folder = Path(f"/proc/{pid}")
    with contextlib.suppress(OSError):
        ticks = from_proc((folder / "stat").read_text(), (folder / "status").read_text(), me())
        return None if ticks is None else f"{_BOOT.read_text().strip()}:{ticks}"
    return None


def from_proc(stat: str, status: str, user: int) -> str | None:
    """The start in ticks since boot, from proc(5)'s stat and status; None if another user's or ended."""
    fields = stat.rpartition(")")[2].split()  # the name may contain blanks and parentheses
    [effective] = [line.split()[2] for line in status.splitlines() if line.startswith("Uid:")]
    return fields[19] if int(effective) == user and fields[0] not in {"Z", "X"} else None


def from_ps(line: str, user: int) -> str | None:
    """The start from `ps -o uid=,state=,lstart=`; None if another user's or ended."""
    uid, state, started = (*line.split(None, 2), "", "", "")[:3]
    return started.strip() if uid == str(user) and started and not state.startswith("Z") else None


def _ps(pid: int) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(  # noqa: S603  # constant arguments
            ["/bin/ps", "-o", "uid=,state=,lstart=", "-p", str(pid)],
            env={"LC_ALL": "C", "TZ": "UTC"},  # ps writes local time, which may change
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        ).stdout
    return ""


def other_user_on(port: int) -> int | None:
    """The id of another user who listens on this port of 127.0.0.1; None if nobody does, or if unknown."""
    texts = []
    for table in _TABLES:
        with contextlib.suppress(OSError):
            texts.append(table.read_text())
    return next((user for user in listeners("".join(texts), port) if user != me()), None)


def listeners(table: str, port: int) -> list[int]:
    """The user who receives connections to this port of loopback, from the text of /proc/net/tcp; or empty."""
    loopback = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"
    rows = [line.split() for line in table.splitlines()]
    found = {row[1]: int(row[7]) for row in rows if len(row) > 7 and row[3] == _LISTENS}
    mapped = f"{'0' * 16}{int.from_bytes(bytes((0, 0, 255, 255)), sys.byteorder):08X}{loopback}"
    addresses = [f"{address}:{port:04X}" for address in (loopback, mapped, "0" * 8, "0" * 32)]
    return [found[address] for address in addresses if address in found][:1]


def is_alive(pid: int) -> bool:
    """Whether a process of this user has this number."""
    return started_at(pid) is not None
