"""Lambda's runtime interface emulator as a plain process: the SAM CLI brings it, awslambdaric is its client."""

import importlib.util
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
RUNTIME = ("boto3", "awslambdaric")  # what Lambda brings
PATH_OF_INVOCATIONS = "/2015-03-31/functions/function/invocations"


def emulator() -> Path:
    """The emulator for this machine, which the SAM CLI brings along for its containers. Raises RuntimeError."""
    found = importlib.util.find_spec("samcli")
    if found is None or found.origin is None or platform.system() != "Linux":
        raise RuntimeError("The runtime interface emulator runs on Linux, with the SAM CLI installed.")
    return Path(found.origin).parent / "local/rapid" / f"aws-lambda-rie-{_MACHINES[platform.machine()]}"


def command(front: int, back: int, handler: str, log_level: str, debug_port: int | None = None) -> list[str]:
    """Serves this handler of the folder that it is started in, on the loopback port `front`.

    Nothing that is installed beside this Python is seen, only what PYTHONPATH names. With a `debug_port` the
    runtime waits there for a debugger.
    """
    served = ["--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    asked = ["--runtime-api-address", f"127.0.0.1:{back}"]
    waiting = ["-m", "debugpy", "--listen", f"127.0.0.1:{debug_port}", "--wait-for-client"] if debug_port else []
    runtime = [sys.executable, "-S", *waiting, "-m", "awslambdaric", handler]
    return [str(emulator()), "--log-level", log_level, *served, *asked, *runtime]


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
