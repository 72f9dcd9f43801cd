"""The exit codes of commands, and the errors that carry them.

CliError                 1  error of the stack, AWS or this machine
  UsageError             2  the command was not understood
  NotFoundError          4  there is no such edit or key
"""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    ERROR = 1
    USAGE = 2
    UNSUCCESSFUL = 3  # refused, failed, too late, declined, or doctor found something
    NOT_FOUND = 4
    NOT_FINISHED = 5
    INTERRUPTED = 130


class CliError(Exception):
    """One or two sentences for the person at the terminal."""

    code = Exit.ERROR


class UsageError(CliError):
    code = Exit.USAGE


class NotFoundError(CliError):
    code = Exit.NOT_FOUND


def not_utf8(error: UnicodeEncodeError) -> str:
    """The sentence for a byte of an argument or a file's name that no key and no sidecar can have."""
    return f"An argument or a file's name has {error.object[error.start : error.end]}, which is not UTF-8."
