"""What a command writes: its answer on stdout, as a table or as JSON; everything else on stderr."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from depthdrop.drop.refusal import one_line


class Output:
    """`as_json` makes stdout one JSON document and nothing else."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False, soft_wrap=True)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        self._errors.print(text, markup=False)

    def answer(self, data: object, people: Callable[[Console], None]) -> None:
        """`data` for programs, or what `people` prints."""
        if self.as_json:
            self.console.file.write(json.dumps(data, default=_plain, indent=2, ensure_ascii=False) + "\n")
        else:
            people(self.console)


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Columns without a frame; what is in them is no markup."""
    made = Table(box=None, pad_edge=False)
    for name in names:
        made.add_column(name, justify="right" if name == "cost" else "left", overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else escape(one_line(str(cell))) for cell in row))
    return made


def text(value: object) -> str:
    """A name from a bucket or a table, as it may be printed: no markup, no commands to the terminal."""
    return escape(one_line(str(value)))


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
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
