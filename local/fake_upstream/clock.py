"""Time, passed in: the wall clock for the server; unit tests move their own by hand."""

import asyncio
import time


class Clock:
    """The wall clock."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` real seconds pass."""
        await asyncio.sleep(seconds)
