"""python -m receiver: runs until SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import sqlite3
import sys
from typing import NoReturn

import uvicorn

from .lines import log_to_stderr, one_line
from .service import SERVER_OPTIONS, make_receiver, make_service
from .settings import ServiceSettings, SettingsError, explained, load

_DESCRIPTION = "Receives depthdrop's events from SNS over HTTP. Set these environment variables:"
_GRACE_SECONDS = 10


class _Parser(argparse.ArgumentParser):
    """argparse quotes a wrong argument as it is."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def main() -> None:
    parser = _Parser(
        prog="webhook",
        description=f"{_DESCRIPTION}\n\n{explained(ServiceSettings)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    log_to_stderr()
    try:
        settings = load(ServiceSettings, os.environ)
        service = make_service(make_receiver(settings), settings.path)
    except SettingsError as error:
        sys.exit(one_line(str(error)))
    except sqlite3.Error as error:
        sys.exit(f"WEBHOOK_DATABASE cannot be used: {one_line(str(error))}.")
    # uvicorn finishes running requests, then sends itself the signal again: a normal end, not a crash.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvicorn.run(
        service,
        host=settings.host,
        port=settings.port,
        **SERVER_OPTIONS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
