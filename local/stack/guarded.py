"""One sentence instead of a traceback for everything that is this machine's or its user's."""

import signal
from collections.abc import Callable

from rich.console import Console

from depthdrop_cli.terminal.errors import CliError
from local.stack.processes import LocalStackError


def guarded(work: Callable[[], int]) -> int:
    """The exit code of what a command does."""
    errors = Console(stderr=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return work()
    except (LocalStackError, CliError) as error:
        errors.print(str(error), soft_wrap=True, markup=False, highlight=False)
        return 1
    except OSError as error:
        errors.print(f"This machine stood in the way: {error}", soft_wrap=True, markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        errors.print("Stopped. Nothing is left running.", markup=False)
        return 130
