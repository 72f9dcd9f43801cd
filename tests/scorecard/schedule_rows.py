"""Rows that the schedules decide, from the report that their last run left."""

import json
import os
import subprocess
import sys

from tests.schedules.statistics import FATES, LEAST_BUSY, REPORT, SHORTEST_MEDIAN
from tests.scorecard.rows import Row

WANTED = 50_000
_AWS_FATES = ("answer lost", "SDK retry")


def rows() -> list[Row]:
    """Plays the schedules. A broken promise ends the run, so a report means that none was seen."""
    REPORT.unlink(missing_ok=True)
    environment = {**os.environ, "SCHEDULES": os.environ.get("SCHEDULES", str(WANTED))}
    command = [sys.executable, "-m", "pytest", "tests/schedules/test_schedules.py", "-q", "-s", "--disable-socket"]
    done = subprocess.run(command, check=False, env=environment)
    if not REPORT.exists():
        return [Row(number, "a promise was broken", "0, 0", kept=False) for number in (2, 3, 5, 20)]
    report = json.loads(REPORT.read_text())
    passed, played, counts = done.returncode == 0, report["schedules"], report["counts"]
    enough = (
        played >= WANTED * 0.95
        and report["median_steps"] >= SHORTEST_MEDIAN
        and report["busy_share"] >= LEAST_BUSY
        and not report["too_rare"]
    )
    lost = sum(counts[fate] for fate in _AWS_FATES)
    faults = sum(counts[fate] for fate in FATES)
    late = f"{counts['clock skew']} skewed clocks, {counts['outlived lease']} outlived leases"
    return [
        Row(2, f"{lost} lost answers; paid twice 0, lost 0", "0, 0", kept=passed),
        Row(
            3,
            f"{played} schedules, median {report['median_steps']:g} steps, {report['busy_share']:.0%} with two "
            f"workers active, {faults} faults; paid twice 0, lost 0",
            f"0, 0 in {WANTED}",
            kept=passed and enough,
        ),
        Row(5, f"{late}; paid twice 0", "paid twice 0", kept=passed),
        Row(20, f"{counts['ambiguous edits']} ambiguous edits, each one event; second POSTs 0", "0", kept=passed),
    ]
