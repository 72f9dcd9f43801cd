"""How long one execution environment takes to begin, as Lambda starts it."""

import re
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from local.one_function.runtime_interface import PATH_OF_INVOCATIONS, command
from local.stack.processes import free_ports

_INIT_ENDED = re.compile(r"INIT RTDONE\(status: (\w+)")
_INIT_TOOK = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")
_BEGINS = "(rapid) exec"
_LONGEST_SECONDS = 60.0
_LISTENS_WITHIN_SECONDS = 5.0
_ENDS_WITHIN_SECONDS = 5.0
_INVOKE = f"POST {PATH_OF_INVOCATIONS} HTTP/1.1\r\nHost: emulator\r\nContent-Length: 2\r\n\r\n{{}}".encode()


def init_milliseconds(task: Path, environment: Mapping[str, str]) -> float:
    """How long the function in this folder, `app.handler`, takes before its first event. No process is left.

    Raises RuntimeError when it cannot be started.
    """
    front, back = free_ports(2)
    with subprocess.Popen(
        command(front, back, "app.handler", log_level="info"),
        cwd=task,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        late = threading.Timer(_LONGEST_SECONDS, process.terminate)
        late.start()
        try:
            return _init_of(process, front)
        finally:
            late.cancel()
            process.terminate()
            try:  # it ends the runtime only while its output is read, and now and then not at all
                process.communicate(timeout=_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # the runtime then finds nobody to ask for work, and ends


def _init_of(process: subprocess.Popen[str], port: int) -> float:
    said = []
    client = None
    for line in process.stderr or ():
        said.append(line)
        if _BEGINS in line:
            client = _invoke(port)
        if (ended := _INIT_ENDED.search(line)) and ended[1] != "success":
            break
        if took := _INIT_TOOK.search(line):
            if client is not None:
                client.close()
            return float(took[1])
    raise RuntimeError(f"the function did not begin: {''.join(said)}")


def _invoke(port: int) -> socket.socket:
    """The emulator begins with the first invocation. The caller closes the connection that waits for its answer."""
    end = time.monotonic() + _LISTENS_WITHIN_SECONDS
    while True:
        try:
            client = socket.create_connection(("127.0.0.1", port), timeout=_LISTENS_WITHIN_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            client.sendall(_INVOKE)
            return client
