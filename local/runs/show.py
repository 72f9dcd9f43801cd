"""How a run looks in a terminal, and in a pipe."""

from collections.abc import Iterable
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.runs.journal import Entry

_COLOURS = {"succeeded": "green", "failed": "red", "rejected": "red", "ambiguous": "yellow", "unpaired": "yellow"}


def progress_table(entries: Iterable[Entry], now: float) -> Table:
    """The live view: one line per picture."""
    table = Table(box=None, pad_edge=False)
    for name in ("edit", "status", "seconds"):
        table.add_column(name)
    for entry in entries:
        seconds = entry.seconds if entry.seconds is not None else now - entry.dropped_at
        table.add_row(escape(entry.key), _status(entry), f"{seconds:.0f}")
    return table


def final_table(entries: Iterable[Entry]) -> Table:
    """The end of a run."""
    table = Table(box=None, pad_edge=False)
    table.add_column("edit")
    table.add_column("status")
    table.add_column("seconds", justify="right")
    table.add_column("cost", justify="right")
    table.add_column("output", overflow="fold")
    for entry in entries:
        seconds = "" if entry.seconds is None else f"{entry.seconds:.1f}"
        table.add_row(escape(entry.key), _status(entry), seconds, _usd(entry.usd), escape(entry.output))
    return table


def explain(console: Console, entries: Iterable[Entry]) -> None:
    """One sentence for each picture that did not come out."""
    for entry in entries:
        if entry.detail and not entry.succeeded:
            console.print(f"{escape(entry.key)}: {escape(entry.detail)}", soft_wrap=True)


def line(console: Console, entry: Entry) -> None:
    """A change of one picture, for output that is not a terminal."""
    console.print(f"{escape(entry.key)}: {_status(entry)}", soft_wrap=True)


def _status(entry: Entry) -> str:
    colour = _COLOURS.get(entry.status)
    return f"[{colour}]{escape(entry.status)}[/]" if colour else escape(entry.status)


def _usd(amount: float | None) -> str:
    return "" if amount is None else f"${Decimal(str(amount)):.2f}"
