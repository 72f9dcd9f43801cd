"""Time, passed in: the wall clock for the server, a hand-moved one for unit tests."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the fake upstream asks of time."""

    def now(self) -> float:
        """Epoch seconds."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` real seconds pass."""


class WallClock:
    """The real thing."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
