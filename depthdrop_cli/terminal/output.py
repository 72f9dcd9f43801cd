"""What a command writes: its answer on stdout, as a table or as JSON; everything else on stderr."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from depthdrop.drop.refusal import one_line

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Pay without being asked.")]
Timeout = Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")]


class Output:
    """`as_json` makes stdout one JSON document and nothing else. Nothing that is printed is read as markup."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        self._errors.print(text)

    def answer(self, data: object, lines: Iterable[str | Table] = ()) -> None:
        """`data` for programs, or `lines` for people; names in them send no commands to the terminal."""
        if self.as_json:
            self.console.file.write(json.dumps(data, default=_plain, indent=2, ensure_ascii=False) + "\n")
            return
        for line in lines:
            self.console.print(one_line(line) if isinstance(line, str) else line)


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Columns without a frame."""
    made = Table(box=None, pad_edge=False)
    for name in names:
        made.add_column(name, justify="right" if name == "cost" else "left", overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else one_line(str(cell)) for cell in row))
    return made


def agreed(question: str) -> bool:
    """Whether the person at the terminal agrees to pay; without an answer, no."""
    try:
        return typer.confirm(f"{question} (--yes answers this)", err=True)
    except typer.Abort:
        return False


def iso(seconds: float | None) -> str | None:
    """Epoch seconds as people and programs read them."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def usd(amount: Decimal | float) -> str:
    """Cents at least, and no fraction of one hidden."""
    exact = Decimal(str(amount)).normalize()
    return f"${exact:.2f}" if exact == round(exact, 2) else f"${exact:f}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
