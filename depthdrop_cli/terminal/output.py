"""Writes a command's answer to stdout, as a table or as JSON, and everything else to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, ConsoleRenderable
from rich.style import Style
from rich.table import Table
from rich.text import Text
from typer.exceptions import TyperException

from depthdrop.drop.refusal import one_line
from depthdrop_cli.terminal.unexpected import python_shows_text, traceback_lines

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Pay without asking.")]
Timeout = Annotated[float, typer.Option(min=0, help="Longest wait, in seconds.")]


class PlainConsole(Console):
    """Prints every text as one line of what it holds: no markup, emoji codes or commands of a terminal.

    Colours are given as `rich.text.Text`, which is left alone: make it of `one_line` where text is from outside.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, soft_wrap=True, highlight=False)

    def print(self, *objects: Any, **given: Any) -> None:
        # rich prints the text of a path or an exception as it is
        super().print(*(one if isinstance(one, ConsoleRenderable) else str(one) for one in objects), **given)

    def render_str(self, text: str, *, style: str | Style = "", **given: Any) -> Text:
        layout = {name: given[name] for name in ("justify", "overflow") if name in given}
        return Text(one_line(text), style=style, **layout)


class Output:
    """With `as_json`, stdout is exactly one JSON document."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = PlainConsole()
        self._errors = PlainConsole(stderr=True)

    def say(self, text: str) -> None:
        self._errors.print(text)

    def answer(self, data: object, lines: Iterable[str | Table] = ()) -> None:
        """Print `data` for programs or `lines` for people."""
        if self.as_json:
            say_json(json_text(data))
            return
        for line in lines:
            self.console.print(line)


def json_text(data: object) -> str:
    """JSON whose characters all show: the others are escaped, and read back as they were."""
    return only_printable(json.dumps(data, default=_plain, indent=2, ensure_ascii=False))


def only_printable(text: str, encoding: str = "utf-8") -> str:
    """A JSON document with every character escaped that does not show, or that `encoding` lacks."""
    return "".join(char if char == "\n" or _shows(char, encoding) else json.dumps(char)[1:-1] for char in text)


def run_app(app: typer.Typer, name: str) -> NoReturn:
    """Run a command line, print its errors as sentences and unexpected ones as tracebacks, and exit."""
    errors = PlainConsole(stderr=True)
    with python_shows_text(errors.print):
        try:
            code = app(prog_name=name, standalone_mode=False)
        except TyperException as error:
            code, message = error.exit_code, error.format_message()
            if message:  # empty when the help was shown instead
                errors.print(f"{message} `{name} --help` shows what is possible.")
        except typer.Abort:
            code = 1
        except Exception as error:  # noqa: BLE001  # Python would print what its message quotes as it is
            code = 1
            for line in traceback_lines(error):
                errors.print(line)
    sys.exit(code)


def say(text: str, *, stderr: bool = False) -> None:
    """Print one line of text, for commands that have neither a table nor JSON."""
    PlainConsole(stderr=stderr).print(text)


def say_json(text: str) -> None:
    """Print a JSON document on stdout, with every character escaped that does not show there."""
    console = PlainConsole()
    console.file.write(only_printable(text, console.encoding) + "\n")


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table without a frame."""
    made = Table(box=None, pad_edge=False)
    for name in names:
        made.add_column(name, justify="right" if name == "cost" else "left", overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made


def agreed(question: str) -> bool:
    """Whether the person at the terminal agrees to pay. No answer means no."""
    try:
        return typer.confirm(f"{one_line(question)} (--yes answers this)", err=True)
    except typer.Abort:
        return False


def typed(question: str) -> str | None:
    """What the person at the terminal types; None without an answer."""
    try:
        answer: str = typer.prompt(one_line(question), err=True)
    except typer.Abort:
        return None
    return answer


def iso(seconds: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def usd(amount: Decimal | float) -> str:
    """At least two decimals, and all that the amount has."""
    exact = Decimal(str(amount)).normalize()
    return f"${exact:.2f}" if exact == round(exact, 2) else f"${exact:f}"


def _shows(char: str, encoding: str) -> bool:
    if char.isascii() or not char.isprintable():
        return char.isprintable()
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
