"""One sentence instead of a traceback for everything that is this machine's or its user's."""

import contextlib
import signal
from collections.abc import Iterator

import typer
from rich.console import Console

from depthdrop_cli.terminal.errors import CliError


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Around what a command does: an error of the machine or of its user becomes a sentence and an exit code."""
    errors = Console(stderr=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except (CliError, OSError) as error:
        said = str(error) if isinstance(error, CliError) else f"This machine stood in the way: {error}"
        errors.print(said, soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as stopped:
        errors.print("Stopped. Nothing is left running.", markup=False)
        raise typer.Exit(130) from stopped
