"""The verifier's folder can be copied: beyond the standard library it needs only `cryptography`."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.webhook.delivery import PACKAGE

_ROOT = PACKAGE.parent
_ALLOWED = {"cryptography", "_cffi_backend", "_openssl"}  # the last two are part of the first
_PROGRAM = """
import sys
before = set(sys.modules)
import {module} as webhook
webhook.Verifier("arn:aws:sns:us-east-1:123456789012:depthdrop")
names = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(names - set(sys.stdlib_module_names) - {{"{top}"}}))
"""


def _imports(module: str, folder: Path) -> set[str]:
    program = _PROGRAM.format(module=module, top=module.partition(".")[0])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_copy_under_another_name_works_and_imports_nothing_but_cryptography(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "sns_webhook", ignore=shutil.ignore_patterns("__pycache__"))

    assert _imports("sns_webhook", tmp_path) - _ALLOWED == set()


def test_importing_it_from_the_project_brings_nothing_else_either() -> None:
    assert _imports("depthdrop_webhook", _ROOT) - _ALLOWED == set()


def test_a_forbidden_import_would_be_found(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "sns_webhook", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "sns_webhook" / "topic.py").open("a") as file:
        file.write("import pydantic\n")

    assert "pydantic" in _imports("sns_webhook", tmp_path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `pip install` builds it, with the installed setuptools."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(_ROOT, source, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", folder, source], check=True, timeout=600)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_only_the_verifier(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    modules = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.py")}
    metadata = next(tmp_path.glob("*.dist-info/METADATA")).read_text()

    assert modules == {
        *(f"depthdrop_webhook/{path.name}" for path in PACKAGE.glob("*.py")),
        "depthdrop/webhook/__init__.py",
    }
    assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: cryptography>=45"
    ]
    assert (tmp_path / "depthdrop_webhook" / "py.typed").exists()
    assert _imports("depthdrop_webhook", tmp_path) - _ALLOWED == set()


def test_the_name_of_version_0_1_imports_the_same_modules(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import depthdrop_webhook.verifier\n"
        "from depthdrop import webhook\n"
        "from depthdrop.webhook.verifier import Verifier\n"
        "import depthdrop.webhook.errors\n"
        "print(webhook is depthdrop_webhook, Verifier is depthdrop_webhook.Verifier,"
        " depthdrop.webhook.errors is depthdrop_webhook.errors)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.stdout.split() == ["True", "True", "True"], done.stderr
