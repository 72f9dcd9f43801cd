"""Prints one sentence instead of a traceback for errors of this machine or of its user."""

import contextlib
import signal
from collections.abc import Iterator

import typer
from rich.console import Console

from depthdrop_cli.terminal.errors import CliError


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """A command's errors become a sentence on standard error, and exit code 1; Ctrl-C becomes 130."""
    errors = Console(stderr=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except (CliError, OSError) as error:
        sentence = str(error) if isinstance(error, CliError) else f"Error on this machine: {error}"
        errors.print(sentence, soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        errors.print("Stopped. Nothing is left running.", markup=False)
        raise typer.Exit(130) from interrupt
