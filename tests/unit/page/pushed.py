"""What open pages are pushed, by a watcher whose findings a test sets."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

from depthdrop_cli.page.cards import Card
from depthdrop_cli.page.list_page import Wanted
from depthdrop_cli.page.push import Live
from depthdrop_cli.page.totals import Counted
from tests.support.scripted import NOW

T = TypeVar("T")
ALL = Wanted()
COUNTED = Counted(1, Decimal("0.06"), Decimal(0), Decimal(0), 0, ("album",))


class Scripted:
    """A watcher whose findings a test sets."""

    def __init__(self) -> None:
        self.seen: list[Card] = []
        self.gone: list[str] = []
        self.looks = 0

    def look(self) -> tuple[list[Card], list[str]]:
        self.looks += 1
        found, self.seen = self.seen, []
        gone, self.gone = self.gone, []
        return found, gone


def card(name: str = "a", state: str = "submitted", key: str = "a.jpg") -> Card:
    return Card(state, key, NOW, id=name)


def _html(name: str, **values: Any) -> str:
    return f"<li>{values['card'].state}</li>" if name == "card" else "<dl></dl>"


def _live(watcher: Scripted) -> Live:
    return Live(watcher, _html, lambda: COUNTED)  # type: ignore[arg-type]  # its look is all that counts


def run(work: Callable[[Live, Scripted], Awaitable[T]]) -> T:
    async def work_on_one() -> T:
        watcher = Scripted()
        return await work(_live(watcher), watcher)

    return asyncio.run(work_on_one())


async def received_by(live: Live, since: str, count: int, wanted: Wanted = ALL) -> list[tuple[str, dict[str, Any]]]:
    """The next messages, by name."""
    found: list[tuple[str, dict[str, Any]]] = []
    async for text in live.messages(wanted, since):
        lines = dict(
            line.split(": ", 1) for line in text.strip().splitlines() if not line.startswith((":", "retry"))
        )
        if "event" in lines:
            assert lines["id"]
            found.append((lines["event"], json.loads(lines["data"])))
        if len(found) == count:
            break
    return found
