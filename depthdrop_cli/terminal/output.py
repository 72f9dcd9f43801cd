"""Writes a command's answer to stdout, as a table or as JSON, and everything else to stderr."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from depthdrop.drop.refusal import one_line

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Pay without asking.")]
Timeout = Annotated[float, typer.Option(min=0, help="Longest wait, in seconds.")]


class Output:
    """With `as_json`, stdout is exactly one JSON document. Printed text is never interpreted as markup."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        self._errors.print(text)

    def answer(self, data: object, lines: Iterable[str | Table] = ()) -> None:
        """Print `data` for programs or `lines` for people. Control characters in names never reach the terminal."""
        if self.as_json:
            self.console.file.write(json.dumps(data, default=_plain, indent=2, ensure_ascii=False) + "\n")
            return
        for line in lines:
            self.console.print(one_line(line) if isinstance(line, str) else line)


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table without a frame."""
    made = Table(box=None, pad_edge=False)
    for name in names:
        made.add_column(name, justify="right" if name == "cost" else "left", overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else one_line(str(cell)) for cell in row))
    return made


def agreed(question: str) -> bool:
    """Whether the person at the terminal agrees to pay. No answer means no."""
    try:
        return typer.confirm(f"{question} (--yes answers this)", err=True)
    except typer.Abort:
        return False


def iso(seconds: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def usd(amount: Decimal | float) -> str:
    """At least two decimals, and all that the amount has."""
    exact = Decimal(str(amount)).normalize()
    return f"${exact:.2f}" if exact == round(exact, 2) else f"${exact:f}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
