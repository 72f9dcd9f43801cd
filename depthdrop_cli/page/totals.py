"""The money spent and the folders, counted over the whole table while the page is already shown.

They are counted once a page listens, and again when the totals changed or are old. Counting never delays a page or
the watcher's looks.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.concurrency import run_in_threadpool

from depthdrop_cli.commands.ledger import account
from depthdrop_cli.page.errors import EXPECTED
from depthdrop_cli.reading.records import scan
from depthdrop_cli.stack.stacks import OperatorStack

_FOLDERS_MAX = 200  # offered in the list; any other can be typed
_ATTRIBUTES = ("state", "image_key", "model", "usd", "spend_state", "listed")
_PAUSE_SECONDS = 5.0  # between two counts, which read the whole table
_ERROR_SECONDS = 10.0
_FRESH_SECONDS = 20.0  # how long a count serves new pages


@dataclass(frozen=True, slots=True)
class Counted:
    """The ledger in short, in US dollars. `unlisted` edits were made by a version without an index by time."""

    edits: int
    charged: Decimal
    unknown: Decimal
    waste: Decimal
    unlisted: int
    folders: tuple[str, ...]


def count(stack: OperatorStack) -> Counted:
    """Read the whole table, with one page of it in memory at a time."""
    folders: set[str] = set()
    unlisted = 0

    def edits() -> Iterator[Any]:
        nonlocal unlisted
        for item in scan(stack, "edit", only=_ATTRIBUTES):
            unlisted += "listed" not in item
            if len(folders) < _FOLDERS_MAX and "/" in item["image_key"]:
                folders.add(item["image_key"].rpartition("/")[0])
            yield item

    ledger = account(edits(), None)
    charged, unknown = ledger["charged"], ledger["unknown"]
    waste = sum((cause["usd"] for cause in ledger["waste"].values()), Decimal(0))
    edits_paid = charged["count"] + unknown["count"]
    return Counted(edits_paid, charged["usd"], unknown["usd"], waste, unlisted, tuple(sorted(folders)))


class Counting:
    """Belongs to one event loop. `is_listened` returns whether a page listens."""

    def __init__(self, count: Callable[[], Counted], is_listened: Callable[[], bool]) -> None:
        self._count = count
        self._is_listened = is_listened
        self._last: Counted | None = None
        self._last_at = -_FRESH_SECONDS
        self._is_fresh = False
        self._due = asyncio.Event()

    def last(self, *, is_reload: bool = False) -> Counted | None:
        """The last count, if any, for a page served now. A new count follows if it is old, or on a reload."""
        if is_reload or time.monotonic() - self._last_at >= _FRESH_SECONDS:
            self._is_fresh = False
        return self._last

    def outdated(self) -> None:
        self._is_fresh = False
        self.listened()

    def listened(self) -> None:
        """Count again if needed and a page listens."""
        if not self._is_fresh and self._is_listened():
            self._due.set()

    async def run(self, publish: Callable[[Counted], None]) -> None:
        """Run until cancelled. Errors of AWS and the network are retried later."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                publish(await self.now())
                await asyncio.sleep(_PAUSE_SECONDS)
            except EXPECTED:
                await asyncio.sleep(_ERROR_SECONDS)
                self.outdated()

    async def now(self) -> Counted:
        self._is_fresh, began_at = True, time.monotonic()
        self._last = await run_in_threadpool(self._count)
        self._last_at = began_at
        return self._last
