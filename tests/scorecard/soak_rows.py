"""The row that the soak decides, from the report that it left."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.scorecard.rows import Row
from tests.system.soak.soak_report import REPORT

WANTED = 1000
LEAST_OF_A_KIND = 3
_TARGET = "every drop ends, paid twice 0, lost 0, the ledger equals the upstream's"


def rows() -> list[Row]:
    """Drops them all; `SOAK_DROPS` sets another number, which keeps the row only if it is no smaller."""
    REPORT.unlink(missing_ok=True)
    environment = {**os.environ, "SOAK_DROPS": os.environ.get("SOAK_DROPS", str(WANTED))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/system/soak", "-q", "-s"], check=False, env=environment
    )
    if not REPORT.exists():
        return [Row(19, "the soak did not come to an end", _TARGET, kept=False)]
    return [row_of(json.loads(REPORT.read_text()), passed=done.returncode == 0)]


def row_of(facts: dict[str, Any], *, passed: bool) -> Row:
    least = min(of["drops"] for of in facts["kinds"].values())
    enough = facts["drops"] >= WANTED and facts["faults"] >= facts["drops"] / 5 and least >= LEAST_OF_A_KIND
    dropped = facts["drops"] + facts["crowd"]
    sound = facts["notified"] == dropped and facts["paid_twice"] == facts["lost"] == 0
    figure = (
        f"{facts['notified']} of {dropped} drops ended, {facts['faults']} with faults of {len(facts['kinds'])} "
        f"kinds, each {least} times or more; paid twice {facts['paid_twice']}, lost {facts['lost']}; ours "
        f"${facts['ours_usd']}, the ledger ${facts['ledger_usd']}; at most {facts['peak_active']} active in "
        f"{facts['slots']} slots"
    )
    equal = facts["ours_usd"] == facts["ledger_usd"] and facts["peak_active"] <= facts["slots"]
    return Row(19, figure, _TARGET, kept=passed and enough and sound and equal)
