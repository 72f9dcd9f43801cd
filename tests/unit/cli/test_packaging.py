"""What `pipx install .` brings: every module, everything that they import, and the command."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from depthdrop import __version__
from depthdrop_cli.app import main

_ROOT = Path(__file__).resolve().parents[3]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())
_SOURCES = {"depthdrop_cli": _ROOT / "depthdrop_cli", "depthdrop": _ROOT / "layers" / "depthdrop" / "depthdrop"}
_OF_THE_WEBHOOK = {"cryptography"}  # who receives events installs it by itself


def test_every_package_is_in_the_wheel() -> None:
    found = {
        ".".join((name, *file.parent.relative_to(root).parts))
        for name, root in _SOURCES.items()
        for file in root.rglob("__init__.py")
    }

    assert set(_PROJECT["tool"]["setuptools"]["packages"]) == found


def test_whatever_is_imported_is_a_dependency() -> None:
    asked = {re.split(r"[><=]", one)[0] for one in _PROJECT["project"]["dependencies"]}
    imported = {
        match[1]
        for root in _SOURCES.values()
        for file in root.rglob("*.py")
        for match in re.finditer(r"^\s*(?:import|from) ([a-z0-9_]+)", file.read_text(), re.MULTILINE)
    }
    homes = packages_distributions()
    needed = {
        homes[name][0].lower().replace("_", "-")
        for name in imported
        if name in homes and not name.startswith(("mypy_", "depthdrop"))
    }

    assert needed - asked - _OF_THE_WEBHOOK - {"botocore"} == set()  # boto3 brings botocore


def test_the_command_and_the_version_are_the_packages_own() -> None:
    assert _PROJECT["project"]["scripts"] == {"depthdrop": f"{main.__module__}:main"}
    assert _PROJECT["project"]["version"] == __version__


@pytest.mark.parametrize("folder", ["functions", "layers/depthdrop/depthdrop"])
def test_no_function_carries_the_command(folder: str) -> None:
    texts = [file.read_text() for file in (_ROOT / folder).rglob("*.py")]

    assert texts
    assert not [
        text
        for text in texts
        if re.search(r"^\s*(?:import|from) (?:depthdrop_cli|typer|rich)\b", text, re.MULTILINE)
    ]
