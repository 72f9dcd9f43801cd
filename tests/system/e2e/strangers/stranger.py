"""Another user of this machine, as a process: reads what to try as JSON, and writes the results.

As root it becomes nobody first, unless it is to `stay`. Otherwise it stays the user who started it: only modes and
answers mean something then.
It needs nothing but the standard library, because its imports would be in folders that are closed to it.

look     folders: every file below them that it can read, and every folder that it can list, with what is in it
write    folders: those in which it could make a file
watch    processes: their command lines, and what else of them it can read
ask      [port, request in base64]: the answers in base64; empty for none
plant    path: [text, mode]
listen   true: a port, which it writes at once; what came there at the end
"""

import base64
import contextlib
import encodings.idna  # noqa: F401  # for addresses; it could not be read later
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

NOBODY = 65534
_SECONDS = 20.0  # of an answer that does not end, such as a stream of events
_HANG_SECONDS = 240.0  # only what does not answer at all takes so long
_MOST = 1 << 20


def become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def look(folders: list[str]) -> dict[str, str]:
    """Texts by path; a folder that can be listed has the names in it."""
    found = {}
    for folder in folders:
        for here, folders_below, files in os.walk(folder):
            found[here] = " ".join([*folders_below, *files])
            for path in (Path(here, name) for name in files):
                with contextlib.suppress(OSError):
                    found[str(path)] = path.read_bytes()[:_MOST].decode("latin-1")
    return found


def write(folders: list[str]) -> list[str]:
    made = []
    for folder in folders:
        path = Path(folder, "planted")
        with contextlib.suppress(OSError):
            path.write_text("planted")
            path.unlink()
            made.append(folder)
    return made


def watch(processes: list[int]) -> dict[str, dict[str, str]]:
    """By process: what of it is readable, by the name that it has in /proc."""
    found: dict[str, dict[str, str]] = {}
    for process in processes:
        read = found[str(process)] = {}
        for name in ("cmdline", "environ", "maps", "auxv", "mem", "io"):
            with contextlib.suppress(OSError):
                read[name] = Path(f"/proc/{process}/{name}").read_bytes()[:_MOST].decode("latin-1")
        for name in ("cwd", "exe", "root"):
            with contextlib.suppress(OSError):
                read[name] = str(Path(f"/proc/{process}/{name}").readlink())
        with contextlib.suppress(OSError):
            read["fd"] = " ".join(path.name for path in Path(f"/proc/{process}/fd").iterdir())
    return found


def ask(requests: list[tuple[int, str]]) -> list[str]:
    return [base64.b64encode(_response(port, base64.b64decode(request))).decode() for port, request in requests]


def _response(port: int, request: bytes) -> bytes:
    received = b""
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=_HANG_SECONDS) as connection,
    ):
        connection.sendall(request)
        received = connection.recv(65_536)
        connection.settimeout(_SECONDS)
        end = time.monotonic() + _SECONDS
        while received and len(received) < _MOST and time.monotonic() < end and (chunk := connection.recv(65_536)):
            received += chunk
    return received


def plant(files: dict[str, tuple[str, int]]) -> None:
    for path, (text, mode) in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
        Path(path).chmod(mode)


def listen() -> str:
    """Until its input ends; whatever came, from whomever."""
    came: list[bytes] = []
    waiting = socket.create_server(("127.0.0.1", 0))

    def take() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = waiting.accept()
                connection.settimeout(1)
                came.append(b"connected ")
                with contextlib.suppress(OSError):
                    came.append(connection.recv(65_536))
                connection.close()

    threading.Thread(target=take, daemon=True).start()
    sys.stdout.write(f"{waiting.getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    waiting.close()
    return b"".join(came).decode("latin-1")


def main() -> None:
    wanted = json.loads(sys.stdin.readline())
    if not wanted.get("stay"):
        become_nobody()
    plant(wanted.get("plant", {}))
    found = {
        "user": os.geteuid(),
        "look": look(wanted.get("look", [])),
        "write": write(wanted.get("write", [])),
        "watch": watch(wanted.get("watch", [])),
        "ask": ask(wanted.get("ask", [])),
        "listen": listen() if wanted.get("listen") else "",
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
