"""Measures how fast, small and cheap it is, prints a line for each figure and keeps them; fails when one does."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.bench import cold_start, costs, growth, local_throughput, memory, throughput, waits
from tests.bench.figures import BENCH, Figure, keep

Groups = Mapping[str, Callable[[], Iterable[Figure]]]

GROUPS: Groups = {
    "memory": memory.figures,
    "growth": growth.figures,
    "cold": cold_start.figures,
    "wait": waits.figures,
    "cost": costs.figures,
    "throughput": throughput.figures,
    "local": local_throughput.figures,
}


def chosen(arguments: Sequence[str] | None = None, groups: Groups = GROUPS) -> list[str]:
    """The groups that are asked for, all if none."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {', '.join(groups)}")
    words = parser.parse_args(arguments).only.replace(",", " ").split()
    if wrong := [word for word in words if word not in groups]:
        parser.error(f"there is no {' or '.join(wrong)}; there are {', '.join(groups)}")
    return words or list(groups)


def main() -> int:
    wanted = chosen()
    if wanted == list(GROUPS):
        BENCH.unlink(missing_ok=True)
    measured: list[Figure] = []
    for name in wanted:
        began = time.monotonic()
        sys.stderr.write(f"{name} …\n")
        found = list(GROUPS[name]())
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
        keep(found)
        measured += found
    sys.stdout.write("name, ours, peer, ratio, target, pass\n" + "".join(f"{one.line()}\n" for one in measured))
    sys.stderr.write(f"{sum(one.kept for one in measured)} of {len(measured)} pass; they are in {BENCH}\n")
    return 0 if all(one.kept for one in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
