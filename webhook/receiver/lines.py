"""The service's log: messages and tracebacks as lines of text, whatever they quote."""

import logging
import traceback
from typing import Any


def one_line(text: str) -> str:
    r"""What does not show is spelled out, as in `\n` or `\x1b`: it could command a terminal or forge a line."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class LineFormatter(logging.Formatter):
    """A record is one line; a traceback is one line for each of its entries."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return "\n".join(one_line(part.strip("\n")) for part in traceback.format_exception(*ei))


def log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
