"""The row of pairing: every order in which files can come, and what each was edited and paid for."""

import subprocess
import sys
import xml.etree.ElementTree as ET  # a report that our own pytest has just written
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.scorecard.rows import Row

_TEST = "tests/protocol/schedules/test_every_order.py"
_LEAST_ORDERS = 2000


def rows() -> list[Row]:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", _TEST, "-q", f"--junitxml={report}"]
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        played: Counter[str] = Counter()
        for found in ET.parse(report).getroot().iter("property"):  # noqa: S314  # written by our own pytest
            played[found.attrib["name"]] += int(found.attrib["value"])
    figure = ", ".join(f"{played[name]} {name}" for name in ("orders", "events", "pairs", "edits", "posts"))
    kept = done.returncode == 0 and played["pairs"] == played["edits"] == played["posts"]
    return [Row(6, figure, "one edit per pair of versions", kept=kept and played["orders"] >= _LEAST_ORDERS)]
