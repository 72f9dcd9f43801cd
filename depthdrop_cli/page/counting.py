"""When the strip is counted: once a page listens, and again when what it tells has changed or has become old.

Never while a page is being painted, which a count of a large table would hold up, and apart from the looks.
"""

import asyncio
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from depthdrop_cli.page.errors import TOLD
from depthdrop_cli.page.totals import Counted

_PAUSE_SECONDS = 5.0  # between two counts: each reads the whole table
_TROUBLE_SECONDS = 10.0
_GOOD_SECONDS = 20.0  # for a page that comes


class Counting:
    """Belongs to one event loop. `is_heard`: whether a page listens."""

    def __init__(self, count: Callable[[], Counted], is_heard: Callable[[], bool]) -> None:
        self._count = count
        self._is_heard = is_heard
        self._last: Counted | None = None
        self._last_at = -_GOOD_SECONDS
        self._is_good = False
        self._due = asyncio.Event()

    def last(self, *, afresh: bool = False) -> Counted | None:
        """For a page that is served now, if anything was counted; a new count follows when this one is not good."""
        if afresh or time.monotonic() - self._last_at >= _GOOD_SECONDS:
            self._is_good = False
        return self._last

    def outdated(self) -> None:
        self._is_good = False
        self.listened()

    def listened(self) -> None:
        """A page listens, perhaps."""
        if not self._is_good and self._is_heard():
            self._due.set()

    async def run(self, tell: Callable[[Counted], None]) -> None:
        """Until cancelled. What AWS refuses or this machine cannot reach is tried again later."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                tell(await self.now())
                await asyncio.sleep(_PAUSE_SECONDS)
            except TOLD:
                await asyncio.sleep(_TROUBLE_SECONDS)
                self.outdated()

    async def now(self) -> Counted:
        self._is_good, began_at = True, time.monotonic()
        self._last = await run_in_threadpool(self._count)
        self._last_at = began_at
        return self._last
