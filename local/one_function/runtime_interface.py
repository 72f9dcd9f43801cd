"""Lambda's runtime interface emulator as a plain process. It is part of the SAM CLI; awslambdaric is its client."""

import importlib.util
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
RUNTIME = ("boto3", "awslambdaric")  # part of Lambda's Python runtime
PATH_OF_INVOCATIONS = "/2015-03-31/functions/function/invocations"


def emulator() -> Path:
    """The emulator for this machine, in the installed SAM CLI. Raises RuntimeError."""
    found = importlib.util.find_spec("samcli")
    if found is None or found.origin is None or platform.system() != "Linux":
        raise RuntimeError("The runtime interface emulator runs on Linux, with the SAM CLI installed.")
    return Path(found.origin).parent / "local/rapid" / f"aws-lambda-rie-{_MACHINES[platform.machine()]}"


def command(front: int, back: int, handler: str, log_level: str, debug_port: int | None = None) -> list[str]:
    """A command that serves this handler, from its working directory, on the loopback port `front`.

    Only libraries in PYTHONPATH can be imported. With a `debug_port` the runtime waits there for a debugger.
    """
    outer = ["--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    inner = ["--runtime-api-address", f"127.0.0.1:{back}"]
    waiting = ["-m", "debugpy", "--listen", f"127.0.0.1:{debug_port}", "--wait-for-client"] if debug_port else []
    runtime = [sys.executable, "-S", *waiting, "-m", "awslambdaric", handler]
    return [str(emulator()), "--log-level", log_level, *outer, *inner, *runtime]


def link_libraries(folder: Path, names: Iterable[str] = RUNTIME) -> None:
    """Link these libraries and their requirements, and no other that is installed: httpx would use rich."""
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
