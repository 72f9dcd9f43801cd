"""Runs the local stack's command line as its users do: in a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_OWN = ("COMETAPI_API_KEY", "UPSTREAM_BASE_URL", "IMAGE", "PROMPT", "SPEED", "COLUMNS")


def environment(**extra: str) -> dict[str, str]:
    """Nothing that would change what is tested: no key, no profile, no picture."""
    kept = {name: value for name, value in os.environ.items() if name not in _OWN and not name.startswith("AWS_")}
    paths = (ROOT, ROOT / "layers" / "depthdrop", ROOT / "webhook")
    return {**kept, "PYTHONPATH": ":".join(map(str, paths)), "COLUMNS": "100", **extra}


def start(folder: Path, *arguments: str, **extra: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=folder,
        env=environment(**extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def local(folder: Path, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    with start(folder, *arguments, **extra) as process:
        try:
            output, errors = process.communicate(timeout=600)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


def stack_processes(run: int) -> list[str]:
    """Command lines of emulators, workers and guards whose working folder belongs to this run of the stack."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            here = str((process / "cwd").readlink())
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"/build/local/run-{run}-" in here:
            found.append(command)
    return found
