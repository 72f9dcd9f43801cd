"""Which messages were handled already.

A repeat is dropped only once a delivery of it has been handled: SNS sends a message again, under the same id, when
the first delivery failed.
"""

import threading
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .errors import UnavailableError


class Turn(StrEnum):
    MINE = "mine"
    BUSY = "busy"  # another delivery of it is being handled
    DONE = "done"


class Seen(Protocol):
    """Remembers message ids at least until the moment given with each: then they are too old to be taken anyway."""

    def begin(self, message_id: str, now: datetime, until: datetime) -> Turn:
        """Claim a message. Raises UnavailableError when it could not be remembered."""
        ...

    def done(self, message_id: str) -> None:
        """It was handled."""
        ...

    def release(self, message_id: str) -> None:
        """It was not handled; its next delivery may be."""
        ...


class MemorySeen:
    """For one process, until it ends. It never forgets early: when it is full of fresh ids, it takes no more."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._ids: dict[str, tuple[datetime, bool]] = {}
        self._lock = threading.Lock()

    def begin(self, message_id: str, now: datetime, until: datetime) -> Turn:
        with self._lock:
            known = self._ids.get(message_id)
            if known is not None:
                return Turn.DONE if known[1] else Turn.BUSY
            if len(self._ids) >= self._capacity:
                self._ids = {one: entry for one, entry in self._ids.items() if entry[0] >= now}
            if len(self._ids) >= self._capacity:
                raise UnavailableError("Too many messages came to remember them all; deliver the message again.")
            self._ids[message_id] = (until, False)
            return Turn.MINE

    def done(self, message_id: str) -> None:
        with self._lock:
            if message_id in self._ids:
                self._ids[message_id] = (self._ids[message_id][0], True)

    def release(self, message_id: str) -> None:
        with self._lock:
            self._ids.pop(message_id, None)
