"""Runs `make test` three times beside eight busy processes and keeps row 44 of the scorecard: nothing may fail."""

import argparse
import signal
import sys
from collections.abc import Sequence

from tests.scorecard.rows import CARD, keep
from tests.system.busy.load import busy
from tests.system.busy.runs import PROCESSES, RUNS, SUITES, Run, is_whole, row, run


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing failed, 1 when something did, 130 when it was interrupted; a trial keeps no row."""
    parser = argparse.ArgumentParser(prog="python -m tests.system.busy", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--suites", default=" ".join(SUITES), help="targets of make, for example: unit faults")
    given = parser.parse_args(arguments)
    suites = given.suites.split() or list(SUITES)
    if given.runs < 1 or given.processes < 0:
        parser.error("at least 1 run, and no fewer than 0 processes")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: no busy process is left
    runs: list[Run] = []
    try:
        with busy(given.processes):
            for number in range(1, given.runs + 1):
                runs.append(run(suites))
                sys.stdout.write(f"run {number} of {given.runs}: {_summary(runs[-1])}\n")
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. No busy process is left.\n")
        return 130
    made = row(runs, given.processes)
    if is_whole(given.runs, given.processes, suites):
        keep([made])
        sys.stdout.write(f"{made.line()}\nIt is in {CARD}.\n")
    else:
        sys.stdout.write(f"{made.figure}\nA trial of {' '.join(suites)}: row {made.row} stays as it was.\n")
    return 0 if made.kept else 1


def _summary(one: Run) -> str:
    names = "".join(f"\n  {name}" for name in one.failed)
    return f"{len(one.failed)} failures in {one.seconds:.0f} s{names}"


if __name__ == "__main__":
    sys.exit(main())
