"""A clock of its own for a module that waits with asyncio: no pause lasts, and what goes to a thread runs here."""

import asyncio
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import TypeVar

import pytest

T = TypeVar("T")
HANG_SECONDS = 120.0  # only a test that hangs takes so long
_TURNS = 50  # of the loop; the longest way from a cause to its effect takes about ten


class Pauses:
    """`asked` has the seconds of each pause. A pause is over at once, or after `hold` with `let_go`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType, *, threads: bool = False) -> None:
        self.asked: list[float] = []
        self._go = asyncio.Event()
        self._go.set()
        self.now = 1000.0
        monkeypatch.setattr(module, "asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": self._sleep}))
        monkeypatch.setattr(module, "time", SimpleNamespace(**{**vars(time), "monotonic": lambda: self.now}))
        if not threads:
            monkeypatch.setattr(module, "run_in_threadpool", _here)

    def hold(self) -> None:
        self._go.clear()

    def let_go(self) -> None:
        self._go.set()

    async def _sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)
        await self._go.wait()


async def settled() -> None:
    """Everything that can happen now has happened."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def _here(work: Callable[[], T]) -> T:
    await asyncio.sleep(0)
    return work()
