"""The layer for this machine: built once by the layer's own Makefile, then shared by all workers of a run."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from local.processes import LocalStackError

ROOT = Path(__file__).resolve().parent.parent
LAYER = ROOT / "layers" / "depthdrop"
BUILD = ROOT / "build" / "local"


def layer_for_run(folder: Path) -> bytes:
    """A layer archive that leads to a copy of the built layer in the run's folder. Raises LocalStackError.

    The emulator unpacks a layer anew for each worker it starts. With 1,700 files and 48 MiB that cost more than all
    else a worker does, so the archive holds one .pth file, which Lambda too reads in this place. The copy is the
    run's own because a run that starts later removes what was built before it.
    """
    python = folder / "layer" / "python"
    shutil.copytree(build_host_layer() / "python", python)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        name = f"python/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages/layer.pth"
        archive.writestr(zipfile.ZipInfo(name), f"import sys; sys.path.insert(0, {str(python)!r})\n")
    return target.getvalue()


def build_host_layer() -> Path:
    """The layer for this interpreter, made by the layer's own Makefile; rebuilt when pins or sources changed."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([LAYER / "Makefile", LAYER / "requirements.txt", *LAYER.glob("depthdrop/**/*.py")]):
        digest.update(path.read_bytes())
    target = BUILD / f"layer-{digest.hexdigest()[:16]}"
    if target.is_dir():
        return target
    BUILD.mkdir(parents=True, exist_ok=True)
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
        said = next(
            (line for line in lines if "error" in line.lower()), lines[0] if lines else "make gave no reason"
        )
        raise LocalStackError(f"The layer could not be built for this machine: {said}")
    for old in BUILD.glob("layer-*"):
        if old != target:  # another run may have made the same one meanwhile, and be packing it
            shutil.rmtree(old, ignore_errors=True)
    try:
        partial.rename(target)
    except OSError:  # another run was faster and built the same
        shutil.rmtree(partial, ignore_errors=True)
    return target
