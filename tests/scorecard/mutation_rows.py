"""The row that `make mutate` decides, from the figures that its run left."""

import json
import subprocess
import sys
from typing import Any

from tests.protocol.mutation.report import KEPT
from tests.scorecard.rows import Row

_TARGET = "at least 90 %, 0 survivors on the spend guard"


def rows() -> list[Row]:
    KEPT.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-m", "tests.protocol.mutation"], check=False)
    if not KEPT.exists():
        return [Row(25, "nothing was measured", _TARGET, kept=False)]
    groups = json.loads(KEPT.read_text())
    figures = ", ".join(f"{one['group']} {one['score']:g} % of {one['mutants']}{_aside(one)}" for one in groups)
    return [Row(25, figures, _TARGET, kept=done.returncode == 0 and all(one["pass"] for one in groups))]


def _aside(group: dict[str, Any]) -> str:
    return f" ({group['suppressed']} suppressed)" if group["suppressed"] else ""
