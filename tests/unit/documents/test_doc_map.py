"""CONTRIBUTING names every folder and none that is not there; decisions are grouped by the same names."""

import re
from pathlib import Path

from local.stack.bundle import ROOT
from tests.unit.documents.pages import is_ours, rows, section

PACKAGE = ROOT / "layers" / "depthdrop" / "depthdrop"
_MAP = "## How it is put together"
_ELSEWHERE = {"The package itself", "template", "local", "depthdrop_cli", "webhook", "tests", "documents"}


def folders(below: Path, prefix: str = "") -> set[str]:
    return {f"{prefix}{path.name}/" for path in below.iterdir() if path.is_dir() and is_ours(path)}


def test_the_map_names_every_folder_and_none_that_is_not_there() -> None:
    text = section((ROOT / "CONTRIBUTING.md").read_text(), _MAP)
    named = [name for cells in rows(text) for name in re.findall(r"`([\w./]+/)`", cells[0])]
    there = folders(ROOT) | folders(PACKAGE)
    for one in ("depthdrop_cli", "local", "webhook"):
        there |= folders(ROOT / one, f"{one}/")

    assert len(named) == len(set(named))
    assert set(named) == there


def test_decisions_are_grouped_by_the_packages_folders_and_what_is_around_it() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text()
    groups = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert set(groups) == {name.strip("/") for name in folders(PACKAGE)} | _ELSEWHERE


def test_every_decision_has_a_short_heading_of_its_own_and_a_date() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text()
    entries = re.findall(r"^### (.+)\n(.*)$", text, re.MULTILINE)

    assert len({heading for heading, _ in entries}) == len(entries) > 100
    assert [heading for heading, _ in entries if len(heading) > 60] == []
    assert [heading for heading, first in entries if not re.match(r"20\d\d-\d\d-\d\d\. ", first)] == []


def test_a_superseded_decision_says_by_which() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text()
    marks = re.findall(r"\*Superseded .*", text)

    assert marks
    assert [
        mark for mark in marks if not re.match(r"\*Superseded (for [\w ]+ )?by \[[^\]]+\]\(#[\w-]+\)\.\*", mark)
    ] == []
