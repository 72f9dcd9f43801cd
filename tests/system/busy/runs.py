"""Runs of make, with what failed in each."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.scorecard.rows import Row

NUMBER = 44
RUNS, PROCESSES, SUITES = 3, 8, ("test",)
_FAILED = re.compile(r"(?:FAILED|ERROR) (tests/[^\[]+?(?:\[.*?\])?)(?: - .*)?$")  # pytest's short summary
_GIVEN_UP = re.compile(r"make(?:\[\d+\])?: \*\*\* \[(?:\S+: )?(\S+)\] ")
# What make hands on to a make below it: options and variables of the outer command are not meant for the inner.
_OUTER = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what failed, by pytest's names or, where no test is named, make's targets; and its seconds."""

    failed: tuple[str, ...]
    seconds: float


def run(suites: Sequence[str], make: Sequence[str] = ("make", "--keep-going")) -> Run:
    """Run these targets to their end, whichever fails; what they print is passed on."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OUTER}
    began = time.monotonic()
    with subprocess.Popen(
        [*make, *suites], env=inherited, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    ) as process:
        lines = []
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line.rstrip())
    return Run(failures(lines, process.returncode), time.monotonic() - began)


def failures(lines: Sequence[str], code: int) -> tuple[str, ...]:
    """The names of what failed, each once; never none when make's exit code says that something did."""
    named = [found[1] for line in lines if (found := _FAILED.match(line))]
    if code == 0:
        return ()
    targets = [f"make {found[1]}" for line in lines if (found := _GIVEN_UP.match(line))]
    return tuple(dict.fromkeys(named or targets or [f"make ended with {code}"]))


def is_whole(runs: int, processes: int, suites: Sequence[str]) -> bool:
    """Whether this is what row 44 asks for, not a trial of a part of it."""
    return runs >= RUNS and processes >= PROCESSES and tuple(suites) == SUITES


def row(runs: Sequence[Run], processes: int) -> Row:
    """Row 44 of the scorecard."""
    count = sum(len(one.failed) for one in runs)
    longest = max(one.seconds for one in runs) / 60
    figure = (
        f"{count} failures in {len(runs)} runs beside {processes} busy processes, at most {longest:.0f} minutes"
    )
    named = ", ".join(dict.fromkeys(name for one in runs for name in one.failed))
    target = f"0 failures of `make test` in {RUNS} runs beside {PROCESSES} busy processes"
    return Row(NUMBER, f"{figure}: {named}" if named else figure, target, count == 0)
