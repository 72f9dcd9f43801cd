"""Tracebacks, warnings and library logs as text: Python prints what they quote as it is."""

import contextlib
import io
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from depthdrop.drop.refusal import one_line


def traceback_lines(error: BaseException) -> list[str]:
    r"""The lines of Python's traceback. Only a frame has several; a line feed in a message is shown as `\n`."""
    return [one_line(line) for part in traceback.format_exception(error) for line in _lines(part)]


class PlainFormatter(logging.Formatter):
    """Formats a log record as one line of text, and the lines of its traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return "\n".join(traceback_lines(ei[1]))


@contextlib.contextmanager
def python_shows_text(show: Callable[[str], None]) -> Iterator[None]:
    """Until the block ends, print tracebacks of threads, warnings and logs without a handler as text.

    `show` prints one line. The standard streams take every character from here on: one that their encoding lacks,
    or bytes that it cannot read, are spelled out.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        _spell_out(stream)
    of_threads, of_warnings = threading.excepthook, warnings.formatwarning
    last = logging.lastResort
    formatter = None if last is None else last.formatter

    def of_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
            for line in traceback_lines(ended.exc_value):
                show(line)

    def of_warning(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        del filename, lineno, line  # of the code that warns
        return f"{one_line(f'{category.__name__}: {message}')}\n"

    threading.excepthook, warnings.formatwarning = of_thread, of_warning
    if last is not None:
        last.setFormatter(PlainFormatter())
    try:
        yield
    finally:
        threading.excepthook, warnings.formatwarning = of_threads, of_warnings
        if last is not None:
            last.setFormatter(formatter)


def _lines(part: str) -> list[str]:
    text = part.strip("\n")
    return text.split("\n") if text.startswith('  File "') else [text]


def _spell_out(stream: TextIO | None) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
