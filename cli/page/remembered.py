"""Lists read a moment ago: who comes back from an edit, or looks into a folder, waits for no second reading.

A list is good for as long as the watcher has told nothing, and for some seconds at most. It watches for longer than
that after every page that was served, so what begins meanwhile is told. A reload reads the table again.
"""

import threading
import time
from collections.abc import Callable

from cli.page.shelf import Leaf, Wanted

GOOD_SECONDS = 20.0
_LISTS_MAX = 8


class Remembered:
    """`read` makes a list from the table. Any thread may ask."""

    def __init__(self, read: Callable[[Wanted], Leaf], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lists: dict[Wanted, tuple[str, float, Leaf]] = {}
        self._lock = threading.Lock()

    def leaf(self, wanted: Wanted, mark: str, *, afresh: bool) -> Leaf:
        """`mark` is the watcher's, from before this call; `afresh` asks for the table as it is."""
        asked_at = self._clock()
        with self._lock:
            known = self._lists.pop(wanted, None)
            if known is not None and not afresh and known[0] == mark and asked_at - known[1] < GOOD_SECONDS:
                self._lists[wanted] = known
                return known[2]
        found = self._read(wanted)
        with self._lock:
            self._lists[wanted] = (mark, asked_at, found)
            while len(self._lists) > _LISTS_MAX:
                del self._lists[next(iter(self._lists))]
        return found
