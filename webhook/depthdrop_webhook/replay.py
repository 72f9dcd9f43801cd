"""Remembers handled messages.

A repeat is refused only after a delivery was handled: when the first one failed, SNS sends the same id again.
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
    """Remembers message ids at least until the given time; later the messages are too old to be accepted."""

    def begin(self, message_id: str, now: datetime, until: datetime) -> Turn:
        """Claim a message. Raises UnavailableError when it cannot be remembered."""
        ...

    def done(self, message_id: str) -> None:
        """Record that it was handled."""
        ...

    def release(self, message_id: str) -> None:
        """End the claim: it was not handled, and its next delivery may be."""
        ...


class MemorySeen:
    """Remembers in the memory of one process. When it is full it refuses messages, and forgets none early."""

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
                self._ids = {seen: entry for seen, entry in self._ids.items() if entry[0] >= now}
            if len(self._ids) >= self._capacity:
                raise UnavailableError("Too many messages to remember; deliver the message again.")
            self._ids[message_id] = (until, False)
            return Turn.MINE

    def done(self, message_id: str) -> None:
        with self._lock:
            if message_id in self._ids:
                self._ids[message_id] = (self._ids[message_id][0], True)

    def release(self, message_id: str) -> None:
        with self._lock:
            self._ids.pop(message_id, None)
