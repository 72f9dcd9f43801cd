"""Finds the browser that the tests drive, or says how to get it: `python -m tests.system.page.chromium`."""

import os
import shutil
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The page is tested in a real browser, and there is none here. As root: apt-get install chromium; "
    "or name yours: make test-page CHROMIUM=/path/to/chromium"
)


class NoBrowserError(Exception):
    """The message says what to do."""


def chromium() -> str:
    """Raises NoBrowserError."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK) or Path(named).is_dir():
            raise NoBrowserError(f"CHROMIUM is {named}, which is no program.")
        return named
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise NoBrowserError(MISSING)


if __name__ == "__main__":
    try:
        print(f"Testing in {chromium()}")  # noqa: T201  # a command
    except NoBrowserError as error:
        sys.exit(str(error))
