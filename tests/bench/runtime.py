"""One execution environment as Lambda starts it: the runtime interface emulator, without a container."""

import importlib.util
import platform
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_INIT_ENDED = re.compile(r"INIT RTDONE\(status: (\w+)")
_INIT_TOOK = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")
RUNTIME = ("boto3", "awslambdaric")  # what Lambda brings
_BEGINS = "(rapid) exec"
_LONGEST_SECONDS = 60.0
_LISTENS_WITHIN_SECONDS = 5.0
_ENDS_WITHIN_SECONDS = 5.0
_INVOKE = (
    b"POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: emulator\r\nContent-Length: 2\r\n\r\n{}"
)


def init_milliseconds(task: Path, environment: Mapping[str, str]) -> float:
    """How long the function in this folder, `app.handler`, takes before its first event. Nothing of it goes on.

    Raises RuntimeError when it cannot be started.
    """
    front, back = _free_ports()
    command = [str(emulator()), "--log-level", "info"]
    command += ["--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    command += ["--runtime-api-address", f"127.0.0.1:{back}"]
    command += [sys.executable, "-S", "-m", "awslambdaric", "app.handler"]
    with subprocess.Popen(
        command,
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
            try:  # it ends the runtime only as long as somebody reads what it says, and now and then not at all
                process.communicate(timeout=_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # the runtime then finds nobody to ask for work, and ends


def link_libraries(folder: Path, names: Iterable[str] = RUNTIME) -> None:
    """These and what they need, and nothing else that is installed here: httpx, for one, takes rich along."""
    waiting, seen = list(names), set[str]()
    while waiting:
        if (name := canonicalize_name(waiting.pop())) in seen:
            continue
        seen.add(name)
        found = distribution(name)
        tops = {file.parts[0] for file in found.files or () if not file.parts[0].startswith(("..", "__"))}
        for top in tops:
            (folder / top).symlink_to(Path(str(found.locate_file(top))).resolve())
        needs = [Requirement(need) for need in found.requires or ()]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def emulator() -> Path:
    """The emulator for this machine, which the SAM CLI brings along for its containers. Raises RuntimeError."""
    found = importlib.util.find_spec("samcli")
    if found is None or found.origin is None or platform.system() != "Linux":
        raise RuntimeError("Cold starts are measured on Linux, with the SAM CLI installed.")
    return Path(found.origin).parent / "local/rapid" / f"aws-lambda-rie-{_MACHINES[platform.machine()]}"


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
    """The emulator begins with the first invocation. Whoever waits for its answer may close this."""
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


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
