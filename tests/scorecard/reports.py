"""Runs tests in a process of their own and reads what they report: how many ran, what failed, and their figures.

A test states a figure by `record_property`. The same figure of several tests is added up; of one whose name begins
with `most` or `fewest` the largest or the smallest counts.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET  # a report that our own pytest has just written
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ENVIRONMENT = {"FAULTS": "all"}
_LONGEST_TROUBLE = 200
_NOT_OURS = "hypothesis-"  # it states how each of its tests went
_MERGED: dict[str, Callable[[Iterable[float]], float]] = {"most": max, "fewest": min}


@dataclass(frozen=True)
class Report:
    """`trouble` says what failed first; a skipped test is trouble too."""

    figures: Mapping[str, float] = field(default_factory=dict)
    trouble: str = ""

    def and_also(self, other: "Report") -> "Report":
        names = {*self.figures, *other.figures}
        figures = {name: merged(name, _values(name, self, other)) for name in names}
        return Report(figures, self.trouble or other.trouble)


def merged(name: str, values: Iterable[float]) -> float:
    merge: Callable[[Iterable[float]], float] = _MERGED.get(name.partition("_")[0], sum)
    return merge(values)


@cache
def report_of(tests: str) -> Report:
    """What these tests came to; paths and pytest's ids, with spaces between them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        options = ["-q", "-o", "junit_family=xunit1", f"--junitxml={path}"]
        command = [sys.executable, "-m", "pytest", *tests.split(), *options]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env={**os.environ, **ENVIRONMENT}
        )
        if not path.exists():
            return Report(trouble=f"pytest wrote no report: {_last_line(done.stdout + done.stderr)}")
        report = read(path.read_text())
    if done.returncode and not report.trouble:
        return Report(report.figures, f"pytest ended with {done.returncode}: {_last_line(done.stdout)}")
    return report


def read(text: str) -> Report:
    """A report in pytest's form."""
    root = ET.fromstring(text)  # noqa: S314  # written by our own pytest
    stated: dict[str, list[float]] = {"tests": [float(len(root.findall(".//testcase")))]}
    for found in root.findall(".//property"):
        name = found.attrib["name"]
        if not name.startswith(_NOT_OURS):
            stated.setdefault(name, []).append(float(found.attrib["value"]))
    trouble = next((_trouble(case) for case in root.findall(".//testcase") if _trouble(case)), "")
    return Report({name: merged(name, values) for name, values in stated.items()}, trouble)


def _trouble(case: ET.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        if (found := case.find(kind)) is not None:
            said = " ".join(found.attrib.get("message", "").split())
            return f"{case.attrib['name']}: {kind}: {said}"[:_LONGEST_TROUBLE]
    return ""


def _values(name: str, *reports: Report) -> list[float]:
    return [report.figures[name] for report in reports if name in report.figures]


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1][:_LONGEST_TROUBLE] if lines else "it said nothing"
