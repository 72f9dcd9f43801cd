"""Rows that the corpora decide: what was counted case by case while their tests ran, and whether all passed."""

import subprocess
import sys
import xml.etree.ElementTree as ET  # a report that our own pytest has just written
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.scorecard.rows import Row


@dataclass(frozen=True, slots=True)
class Corpus:
    row: int
    tests: str
    figure: str
    target: str
    least: int
    of_each: tuple[str, ...]  # what every case must have one of
    never: tuple[str, ...] = ()  # what no case may have


CORPORA = (
    Corpus(
        8,
        "tests.hostile.corpus.test_odd_keys",
        "{cases} keys in both encodings, {resolved} resolved or refused",
        "all of at least 40",
        40,
        ("resolved",),
    ),
    Corpus(
        9,
        "tests.hostile.corpus.test_bad_inputs",
        "{cases} bad inputs: {receipts} receipts, {posts} POSTs",
        "a receipt each of at least 60, 0 POSTs",
        60,
        ("receipts",),
        ("posts",),
    ),
    Corpus(
        10,
        "tests.hostile.corpus.test_log_injection",
        "{cases} injections: {forged} forged lines, {secrets} secrets",
        "0 and 0 of at least 15",
        15,
        (),
        ("forged", "secrets"),
    ),
)


def rows() -> list[Row]:
    """One run for all three: their modules share what takes long to start."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "tests/hostile/corpus", "-q", f"--junitxml={report}"]
        subprocess.run([*command, "-o", "junit_family=xunit1"], check=False, stdout=subprocess.DEVNULL)
        cases = [*ET.parse(report).iter("testcase")]  # noqa: S314  # written by our own pytest
    return [row_of(corpus, cases) for corpus in CORPORA]


def row_of(corpus: Corpus, cases: Iterable[ET.Element]) -> Row:
    """Figures are sums of what the tests recorded; `cases` are those that recorded anything."""
    counts: Counter[str] = Counter()
    for case in cases:
        if case.attrib["classname"] == corpus.tests:
            recorded = {one.attrib["name"]: int(one.attrib["value"]) for one in case.iter("property")}
            counts.update(recorded)
            counts["cases"] += bool(recorded)
            counts["bad"] += case.find("failure") is not None or case.find("error") is not None
    kept = (
        counts["cases"] >= corpus.least
        and all(counts[name] == counts["cases"] for name in corpus.of_each)
        and not any(counts[name] for name in ("bad", *corpus.never))
    )
    return Row(corpus.row, corpus.figure.format_map(counts), corpus.target, kept)
