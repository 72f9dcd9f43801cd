"""Rows that the random schedules decide together with the chosen faults. They take longest, so they come last."""

import json
import os
from functools import cache

from tests.protocol.schedules.statistics import KINDS, REPORT
from tests.scorecard.measured import Measured
from tests.scorecard.reports import Report, report_of

WANTED = 50_000
LEAST = 500  # of each kind of fault in them
_LOST = ("answer lost", "SDK retry")
_SCHEDULES = "tests/protocol/schedules/test_schedules.py"


@cache
def schedules() -> Report:
    """Plays them. A broken promise ends the run before it writes its report, and is reported as the trouble."""
    REPORT.unlink(missing_ok=True)
    os.environ.setdefault("SCHEDULES", str(WANTED))
    report = report_of(_SCHEDULES)
    if not REPORT.exists():
        return report
    reported = json.loads(REPORT.read_text())
    counts = reported["counts"]
    figures = {
        "schedules": reported["schedules"],
        "fewest_median_steps": reported["median_steps"],
        "busy_percent": 100 * reported["busy_share"],
        "fewest_of_a_kind": min(counts.get(kind, 0) for kind in KINDS),
        "lost_in_schedules": sum(counts.get(fate, 0) for fate in _LOST),
        "skewed_clocks": counts.get("clock skew", 0),
        "outlived_leases": counts.get("outlived lease", 0),
        "ambiguous_edits": counts.get("ambiguous edits", 0),
    }
    return Report(figures, report.trouble)


MEASURED = (
    Measured(
        2,
        "0, 0",
        ("tests/protocol/faults/test_lost_answers.py",),
        "{answers_lost} lost answers, one at a time, of all {kinds_of_call} kinds of call in {ways} ways, and "
        "{lost_in_schedules} in {schedules} schedules; promises broken {lost_broken}",
        {"answers_lost": 1000, "kinds_of_call": 30, "lost_in_schedules": LEAST},
        {"lost_broken": 0},
        schedules,
    ),
    Measured(
        3,
        f"0, 0 in all pairs and {WANTED} schedules of at least 15 steps, each kind of fault at least {LEAST} times",
        ("tests/protocol/faults/test_fault_pairs.py", "tests/protocol/schedules/test_store.py"),
        "{pairs} pairs and single faults, {pairs_broken} break a promise; {schedules} schedules, median "
        "{fewest_median_steps} steps, {busy_percent} % with two workers active, each kind of fault at least "
        "{fewest_of_a_kind} times; paid twice 0, lost 0",
        {
            "pairs": 30_000,
            "schedules": WANTED,
            "fewest_median_steps": 15,
            "busy_percent": 50,
            "fewest_of_a_kind": LEAST,
        },
        {"pairs_broken": 0},
        schedules,
    ),
    Measured(
        5,
        "paid twice 0",
        ("tests/protocol/faults/test_late_workers.py",),
        "{late_workers} late workers at every call, clocks 10 min off, {late_broken} break a promise; "
        "{skewed_clocks} skewed clocks and {outlived_leases} outlived leases in {schedules} schedules: paid "
        "twice 0",
        {"late_workers": 3000, "skewed_clocks": LEAST, "outlived_leases": LEAST},
        {"late_broken": 0},
        schedules,
    ),
    Measured(
        20,
        "each ends in one event, 0 second POSTs",
        ("tests/unit/use_cases/test_ambiguous.py",),
        "{ambiguous_edits} ambiguous edits in {schedules} schedules and {tests} tests, each with one event; "
        "second POSTs 0",
        {"ambiguous_edits": LEAST},
        also=schedules,
    ),
)
