"""The clock of the fake upstream. Unit tests pass their own, which they set by hand."""

import asyncio
import time


class Clock:
    """The wall clock."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` real seconds."""
        await asyncio.sleep(seconds)
