"""Measures the scorecard's rows, prints one line for each and keeps them; fails when one does."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.scorecard import (
    corpus_rows,
    fault_rows,
    hostile_rows,
    memory_rows,
    model_rows,
    mutation_rows,
    pairing_rows,
    schedule_rows,
    soak_rows,
    stranger_rows,
    template_rows,
    trouble_rows,
    webhook_rows,
)
from tests.scorecard.rows import CARD, Row, forget, keep

Groups = Mapping[tuple[int, ...], Callable[[], Iterable[Row]]]

# Which rows, and who measures them. The quick ones come first.
GROUPS: Groups = {
    **{(one.number,): one.rows for one in fault_rows.MEASURED},
    **{(one.number,): one.rows for one in trouble_rows.MEASURED},
    **{(one.number,): one.rows for one in hostile_rows.MEASURED},
    **{(one.number,): one.rows for one in template_rows.MEASURED},
    **{(one.number,): one.rows for one in stranger_rows.MEASURED},
    (6,): pairing_rows.rows,
    (8, 9, 10): corpus_rows.rows,
    (12,): webhook_rows.rows,
    (27,): model_rows.rows,
    (18,): memory_rows.rows,
    (19,): soak_rows.rows,
    (25,): mutation_rows.rows,
    **{(one.number,): one.rows for one in schedule_rows.MEASURED},
}


def chosen(arguments: Sequence[str] | None = None, groups: Groups = GROUPS) -> set[int]:
    """The rows that are asked for, all if none; leaves with a sentence when there is no such row."""
    known = {number for numbers in groups for number in numbers}
    parser = argparse.ArgumentParser(prog="python -m tests.scorecard", description=__doc__)
    parser.add_argument("--rows", default="", help=f"for example 7,14; of {', '.join(map(str, sorted(known)))}")
    words = parser.parse_args(arguments).rows.replace(",", " ").split()
    if wrong := [word for word in words if not word.isdecimal() or int(word) not in known]:
        parser.error(f"there is no row {' or '.join(wrong)}; there are {', '.join(map(str, sorted(known)))}")
    return {int(word) for word in words} or known


def measure(wanted: set[int], groups: Groups = GROUPS) -> list[Row]:
    """Row by row; one that breaks fails alone. Each is kept as soon as it is known."""
    measured: list[Row] = []
    for numbers, rows in groups.items():
        if not wanted.intersection(numbers):
            continue
        name, began = " and ".join(map(str, numbers)), time.monotonic()
        _say(f"row {name} …\n")
        try:
            found = [row for row in rows() if row.row in wanted]
        except Exception as error:  # noqa: BLE001  # whatever it is, the other rows must be measured
            found = [Row(number, f"it could not be measured: {error!r}", "", kept=False) for number in numbers]
        for row in found:
            _say(f"row {row.row}: {'pass' if row.kept else 'FAIL'} ({time.monotonic() - began:.0f} s)\n")
        keep(found)
        measured += found
    return sorted(measured, key=lambda row: row.row)


def main() -> int:
    wanted = chosen()
    if wanted == chosen([]):
        forget()
    measured = measure(wanted)
    sys.stdout.write("row, figure, target, pass\n" + "".join(f"{row.line()}\n" for row in measured))
    _say(f"{sum(row.kept for row in measured)} of {len(measured)} rows pass; they are in {CARD}\n")
    return 0 if all(row.kept for row in measured) else 1


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
