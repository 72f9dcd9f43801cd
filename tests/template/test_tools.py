"""What the tools say: cfn-lint, `sam validate`, `sam build`, and the layer's Makefile in its three ways.

Nothing but this Python's own tools and those of the system are on the PATH.
"""

import json
import os
import shutil
import struct
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from local.stack.bundle import ROOT
from local.stack.layer import LAYER
from tests.template.template import Template

BIN = Path(sys.executable).parent
_SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers")
MB = 1000 * 1000
_AARCH64 = 183  # e_machine of an ELF file, see elf.h


def run(command: list[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The caches of this machine stay in use: a build need not download what the last one did."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_"))
    }
    environment = {
        **kept,
        "PATH": f"{BIN}:/usr/bin:/bin",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `sam` needs of the project, in a folder of its own."""
    folder = tmp_path_factory.mktemp("tree")
    for name in _SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / name)
    return folder


def layer(tree: Path, target: Path, *options: str) -> Path:
    """The folder python/ that the layer's Makefile makes."""
    command = ["make", "--silent", "-C", str(tree / LAYER.relative_to(ROOT)), "build-DepthdropLayer"]
    built = run([*command, f"ARTIFACTS_DIR={target}", f"PYTHON={sys.executable}", *options])
    assert built.returncode == 0, built.stderr
    return target / "python"


def extensions(python: Path) -> list[Path]:
    return [path for path in python.rglob("*.so*") if path.is_file()]


def modules_in_c(python: Path) -> list[Path]:
    """Without the libraries that a wheel brings along for them."""
    return [path for path in extensions(python) if not path.parent.name.endswith(("libs", "dylibs"))]


def bytes_of(python: Path) -> int:
    """Of what each cold start may have to read: without Pillow, which few drops need, and compiled files."""
    files = [path for path in python.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return sum(
        path.stat().st_size
        for path in files
        if not path.relative_to(python).parts[0].lower().startswith(("pil", "pillow"))
    )


def machine_of(path: Path) -> int:
    machine: int = struct.unpack_from("<H", path.read_bytes()[:20], 18)[0]
    return machine


def complaints_about(python: Path) -> list[str]:
    """What is wrong with a layer for the Lambda's machine."""
    found = [
        f"{path.name} is for machine {machine_of(path)}"
        for path in extensions(python)
        if machine_of(path) != _AARCH64
    ]
    fitting = ("cpython-313-aarch64-linux-gnu.so", ".abi3.so")
    found += [
        f"{path.name} is for another Python" for path in modules_in_c(python) if not path.name.endswith(fitting)
    ]
    found += [f"{name} is missing" for name in ("depthdrop/__init__.py", "httpx") if not (python / name).exists()]
    found += [f"{name} is in it" for name in ("boto3", "botocore", "bin") if (python / name).exists()]
    found += [f"{path} is in it" for path in python.rglob("__pycache__")]
    return found


def test_cfn_lint_finds_nothing_in_the_template_nor_in_what_sam_makes_of_it(tmp_path: Path) -> None:
    expanded = tmp_path / "expanded.json"
    expanded.write_text(json.dumps(Template.read().expanded))
    said = run(["cfn-lint", "--non-zero-exit-code", "informational", "template.yaml", str(expanded)])

    assert (said.returncode, said.stdout) == (0, "")


def test_sam_finds_the_template_valid() -> None:
    said = run(["sam", "validate", "--lint", "--region", "us-east-1"])

    assert said.returncode == 0, said.stderr
    assert "is a valid SAM Template" in said.stdout


def test_sam_builds_an_arm64_layer_for_python_313_and_bare_functions(tree: Path) -> None:
    said = run(["sam", "build"], tree)
    built = tree / ".aws-sam" / "build"
    files = {path.name: [file.name for file in path.rglob("*")] for path in built.glob("*Function")}

    assert said.returncode == 0, said.stderr
    assert complaints_about(built / "DepthdropLayer" / "python") == []
    assert 5 * MB < bytes_of(built / "DepthdropLayer" / "python") <= 15 * MB
    assert len(extensions(built / "DepthdropLayer" / "python")) > 5
    assert files == {f"{verb}Function": ["app.py"] for verb in ("Submit", "Poll", "Finalize", "Sweep")}


def test_plain_pip_builds_the_same_layer(tree: Path, tmp_path: Path) -> None:
    by_uv = layer(tree, tmp_path / "uv")
    by_pip = layer(tree, tmp_path / "pip", "UV=")

    assert complaints_about(by_pip) == []
    assert modules(by_pip) == modules(by_uv)


def test_the_layer_for_this_machine_is_not_one_for_lambda(tree: Path, tmp_path: Path) -> None:
    python = layer(tree, tmp_path / "host", "PLATFORM=host")
    imported = run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(python)!r}); import PIL._imaging, pydantic_core, depthdrop.aws",
        ]
    )

    assert all(path.name.endswith(tuple(EXTENSION_SUFFIXES)) for path in modules_in_c(python))
    assert "No module named 'botocore'" in imported.stderr  # all that comes before it was found
    assert complaints_about(python) != []


def test_the_layer_wants_to_know_where_to_go(tree: Path) -> None:
    said = run(["make", "--silent", "-C", str(tree / "layers" / "depthdrop"), "build-DepthdropLayer"])

    assert said.returncode != 0
    assert "ARTIFACTS_DIR" in said.stderr


def modules(python: Path) -> set[str]:
    """Every file of the layer but the installers' own notes."""
    files = (path.relative_to(python) for path in python.rglob("*") if path.is_file())
    return {str(path) for path in files if not path.parts[0].endswith(".dist-info")}
