"""What a command can end in, as exit codes, and the errors that carry them.

CliError                 1  the stack, AWS or this machine stood in the way
  UsageError             2  the command was not understood
  NotFoundError          4  there is no such edit or key
"""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    IN_THE_WAY = 1
    USAGE = 2
    NOT_SO = 3  # refused, failed, too late, or something that doctor found
    NOT_FOUND = 4
    STILL_GOING = 5
    INTERRUPTED = 130


class CliError(Exception):
    """One or two sentences for the person at the terminal."""

    code = Exit.IN_THE_WAY


class UsageError(CliError):
    code = Exit.USAGE


class NotFoundError(CliError):
    code = Exit.NOT_FOUND
