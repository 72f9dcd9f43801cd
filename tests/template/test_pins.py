"""The pinned requirements hold what was asked for, agree with each other, and name no index."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.stack.bundle import ROOT

FILES = (
    "requirements/dev",
    "requirements/local",
    "layers/depthdrop/requirements",
    "webhook/receiver/requirements",
    "webhook/receiver/function",
)
APART = ("requirements/checkov",)  # installed in an environment of its own
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def asked(path: Path) -> set[str]:
    """Names in an .in file and in those it includes."""
    names: set[str] = set()
    for line in path.read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            names |= asked((path.parent / text.removeprefix("-r ")).resolve())
        elif text:
            names.add(canonicalize_name(Requirement(text).name))
    return names


def pinned(path: Path) -> dict[str, set[str]]:
    """Each name with its version; several when they differ by Python."""
    found: dict[str, set[str]] = {}
    for name, version in _PIN.findall(path.read_text()):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("name", FILES + APART)
def test_everything_asked_for_is_pinned(name: str) -> None:
    assert asked(ROOT / f"{name}.in") - pinned(ROOT / f"{name}.txt").keys() == set()


@pytest.mark.parametrize("name", FILES[1:])
def test_narrower_pins_agree_with_the_widest(name: str) -> None:
    widest = pinned(ROOT / "requirements/dev.txt")

    assert {one: v for one, v in pinned(ROOT / f"{name}.txt").items() if not v <= widest.get(one, set())} == {}


@pytest.mark.parametrize("name", FILES + APART)
def test_every_pin_has_hashes_and_no_file_names_an_address(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_every_action_of_ci_is_pinned_by_its_commit() -> None:
    """A tag may be moved to other code, which would run with this repository's rights."""
    used = [line.split("uses: ")[1] for line in WORKFLOW.read_text().splitlines() if "uses: " in line]

    assert len(used) >= 2
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used
