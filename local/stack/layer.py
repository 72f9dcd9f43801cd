"""The layer for this machine, built once by the layer's own Makefile and shared by all workers of a run."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from depthdrop_cli.stack.ownership import private_folder
from local.stack.processes import LocalStackError

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "depthdrop"
BUILD = ROOT / "build" / "local"


def layer_for_run(folder: Path) -> bytes:
    """An archive that refers to the built layer through a link in the run's folder. Raises LocalStackError.

    The emulator unpacks the layer for each worker: with 1,700 files and 48 MiB that took longer than the worker's
    own work. So the archive holds only a .pth file, which Lambda reads in this place too.
    """
    private_folder(BUILD)  # a user who can write there could change the code that reads the upstream's key
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([LAYER / "Makefile", LAYER / "requirements.txt", *LAYER.glob("depthdrop/**/*.py")]):
        digest.update(path.read_bytes())
    target = BUILD / f"layer-{digest.hexdigest()[:16]}"
    link = folder / "layer"
    link.symlink_to(target)  # before the build: from now on no other run removes the layer
    if not target.is_dir():
        _build(target)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        name = f"python/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages/layer.pth"
        packed.writestr(zipfile.ZipInfo(name), f"import sys; sys.path.insert(0, {str(link / 'python')!r})\n")
    return archive.getvalue()


def _build(target: Path) -> None:
    """Build the layer for this interpreter, and remove unused layers of other pins or sources."""
    partial = Path(tempfile.mkdtemp(prefix=f"building-{os.getpid()}-", dir=BUILD))
    uv = Path(sys.executable).with_name("uv")
    command = ["make", "--silent", "--directory", str(LAYER), "build-DepthdropLayer"]
    options = ["PLATFORM=host", f"ARTIFACTS_DIR={partial}", f"PYTHON={sys.executable}"]
    if uv.exists():
        options.append(f"UV={uv}")
    built = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    if built.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        lines = [line for line in built.stderr.splitlines() if line.strip() and not line.startswith("make")]
        # The first line with "error", or else the first.
        reason = min(lines, key=lambda line: "error" not in line.lower(), default="make gave no reason")
        raise LocalStackError(f"The layer could not be built for this machine: {reason}")
    in_use = {link.resolve() for link in BUILD.glob("run-*/layer")}
    for old in BUILD.glob("layer-*"):
        if old.resolve() not in in_use:
            shutil.rmtree(old, ignore_errors=True)
    try:
        partial.rename(target)
    except OSError:  # another run has built the same
        shutil.rmtree(partial, ignore_errors=True)
