"""Rows that a set of tests decides: how many ran, and whether all passed."""

import subprocess
import sys
import xml.etree.ElementTree as ET  # a report that our own pytest has just written
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.scorecard.rows import Row

_TESTS = {
    1: ("tests/unit/use_cases/test_submit_is_killed.py", "paid twice 0, lost 0", 20),
    4: ("tests/unit/decisions/test_post_outcome.py", "at least 30 outcomes", 30),
    7: ("tests/unit/use_cases/test_finalize_is_killed.py", "at least one notice, one event id", 4),
}


def rows() -> list[Row]:
    return [_row(number, path, target, least) for number, (path, target, least) in _TESTS.items()]


def _row(number: int, path: str, target: str, least: int) -> Row:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", path, "-q", f"--junitxml={report}"]
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        suite = ET.parse(report).getroot()[0]  # noqa: S314  # as above
    ran, bad = int(suite.attrib["tests"]), int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    return Row(number, f"{ran} cases; {bad} failed", target, done.returncode == 0 and bad == 0 and ran >= least)
