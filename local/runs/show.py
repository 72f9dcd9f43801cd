"""The output of a run, in a terminal and in a pipe."""

from collections.abc import Iterable
from decimal import Decimal

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from depthdrop.drop.refusal import one_line
from local.runs.journal import Entry

_COLOURS = {"succeeded": "green", "failed": "red", "rejected": "red", "ambiguous": "yellow", "unpaired": "yellow"}


def progress_table(entries: Iterable[Entry], now: float) -> Table:
    """The live view: one line per picture."""
    table = Table("edit", "status", "seconds", box=None, pad_edge=False)
    for entry in entries:
        seconds = entry.seconds if entry.seconds is not None else now - entry.dropped_at
        table.add_row(entry.key, _status(entry), f"{seconds:.0f}")
    return table


def final_table(entries: Iterable[Entry]) -> Table:
    """The results of a run."""
    seconds, cost = Column("seconds", justify="right"), Column("cost", justify="right")
    table = Table("edit", "status", seconds, cost, Column("output", overflow="fold"), box=None, pad_edge=False)
    for entry in entries:
        took = "" if entry.seconds is None else f"{entry.seconds:.1f}"
        usd = "" if entry.usd is None else f"${Decimal(str(entry.usd)):.2f}"
        table.add_row(entry.key, _status(entry), took, usd, entry.output)
    return table


def explain(console: Console, entries: Iterable[Entry]) -> None:
    """Print one sentence for each picture that was not edited."""
    for entry in entries:
        if entry.detail and not entry.succeeded:
            console.print(f"{entry.key}: {entry.detail}")


def line(console: Console, entry: Entry) -> None:
    """Print the status of one picture, for output that is not a terminal."""
    console.print(Text(f"{one_line(entry.key)}: ").append_text(_status(entry)))


def _status(entry: Entry) -> Text:
    return Text(one_line(entry.status), style=_COLOURS.get(entry.status, ""))
