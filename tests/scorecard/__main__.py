"""Measures the scorecard's rows, prints one line for each and keeps them; fails when one does."""

import sys

from tests.scorecard import pairing_rows, pytest_rows, schedule_rows, soak_rows, webhook_rows
from tests.scorecard.rows import Row, write

GROUPS = (pytest_rows.rows, pairing_rows.rows, schedule_rows.rows, soak_rows.rows, webhook_rows.rows)


def main() -> int:
    measured: list[Row] = sorted((row for group in GROUPS for row in group()), key=lambda row: row.row)
    write(measured)
    sys.stdout.write("row, figure, target, pass\n" + "".join(f"{row.line()}\n" for row in measured))
    return 0 if all(row.kept for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
