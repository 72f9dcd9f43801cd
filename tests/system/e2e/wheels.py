"""The wheel, built from the sources alone and installed beside this environment's libraries."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.system.e2e.commands import ROOT

_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "depthdrop_cli", "layers")
_WITHOUT = shutil.ignore_patterns("__pycache__", "*.egg-info")


def build(folder: Path) -> Path:
    """Nothing is downloaded: the backend is this environment's own."""
    tree = folder / "tree"
    tree.mkdir()
    for name in _SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=_WITHOUT)
        else:
            shutil.copy(source, tree)
    _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
        "-w",
        str(folder),
        str(tree),
    )
    [wheel] = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel, and sees this one's libraries through a .pth file."""

    wheel: Path
    folder: Path

    def run(self, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        """The command of the wheel; the sources are not on its path."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_"))}
        return subprocess.run(
            [str(self.folder / "bin" / "depthdrop"), *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def files(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())


def install(folder: Path) -> Installed:
    wheel = build(folder)
    home = folder / "installed"
    venv.create(home, with_pip=False)
    python = str(home / "bin" / "python")
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", str(wheel))
    own = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (own / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(wheel, home)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
