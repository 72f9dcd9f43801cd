"""Server-sent events: one watcher for all pages that are open, and none at work while there is none."""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool

from depthdrop_cli.page.cards import ENDS, Card
from depthdrop_cli.page.counting import Counting
from depthdrop_cli.page.errors import TOLD, CrowdedError, told_of
from depthdrop_cli.page.list_page import Wanted
from depthdrop_cli.page.totals import Counted
from depthdrop_cli.page.watcher import Watcher

_LOOK_SECONDS = 1.0
_TROUBLE_SECONDS = 10.0
_LINGER_SECONDS = 30.0  # a page that was just served opens its connection in a moment
_ALIVE_SECONDS = 15.0
_KEPT = 500  # messages, for pages that come back after a break
VIEWERS_MAX = 24


@dataclass(frozen=True, slots=True)
class Told:
    """One message: a card (with its HTML), the id of one that is gone, the strip, or why nothing is seen."""

    number: int
    name: str
    data: dict[str, Any]
    card: Card | None = None


@dataclass(slots=True, eq=False)
class Viewer:
    wanted: Wanted
    queue: asyncio.Queue[Told | None] = field(default_factory=lambda: asyncio.Queue(_KEPT))


class Live:
    """Belongs to one event loop. `render` makes a card's HTML, `strip` that of what was counted."""

    def __init__(
        self,
        watcher: Watcher,
        render: Callable[[Card], str],
        count: Callable[[], Counted],
        strip: Callable[[Counted], str],
    ) -> None:
        self._watcher = watcher
        self._render = render
        self.counting = Counting(count, lambda: bool(self._viewers))
        self._strip = strip
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[Told] = deque(maxlen=_KEPT)
        self._viewers: set[Viewer] = set()
        self._served_at = -_LINGER_SECONDS
        self._closed = False
        self._trouble = ""  # why the last look failed

    @property
    def mark(self) -> str:
        """Where a page that is served now goes on; it also keeps the watcher at work for a moment."""
        self._served_at = time.monotonic()
        return f"{self._epoch}-{self._number}"

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    @property
    def is_full(self) -> bool:
        return self._closed or len(self._viewers) >= VIEWERS_MAX

    async def run(self) -> None:
        """Until cancelled. What AWS refuses or this machine cannot reach is tried again later."""
        await asyncio.gather(self._keep_looking(), self.counting.run(self._tell_strip))

    async def _keep_looking(self) -> None:
        while True:
            pause = _LOOK_SECONDS
            if self._viewers or time.monotonic() - self._served_at < _LINGER_SECONDS:
                try:
                    await self.look()
                    self._tell_trouble("")
                except TOLD as error:
                    self._tell_trouble(told_of(error)[1])
                    pause = _TROUBLE_SECONDS
            await asyncio.sleep(pause)

    async def look(self) -> None:
        changed, gone = await run_in_threadpool(self._watcher.look)
        for card in changed:
            data = {"id": card.id, "place": card.place, "state": card.state, "html": self._render(card)}
            self._tell("card", data, card)
            if card.state in ENDS or card.money.state != "none":
                self.counting.outdated()
        for name in gone:
            self._tell("gone", {"id": name})

    def close(self) -> None:
        """Every connection ends; none is taken any more."""
        self._closed = True
        for viewer in list(self._viewers):
            self._leave(viewer)

    async def messages(self, wanted: Wanted, since: str) -> AsyncIterator[str]:
        """What was told since that mark comes first; `stale`: it is not known any more.

        Nothing when others came at the same moment and took the room: the browser asks again, and is told so.
        """
        try:
            viewer = self.join(wanted)
        except CrowdedError:
            return
        try:
            yield "retry: 2000\n\n"
            missed = self.missed(since)
            if missed is None:
                yield _message("stale", f"{self._epoch}-{self._number}", {})
            for told in missed or ():
                yield self._as_text(told, wanted)
            async for text in self._coming(viewer):
                yield text
        finally:
            self._viewers.discard(viewer)

    def join(self, wanted: Wanted) -> Viewer:
        if self.is_full:
            raise CrowdedError(f"{VIEWERS_MAX} pages are open already; close one.")
        viewer = Viewer(wanted)
        self._viewers.add(viewer)
        self.counting.listened()
        return viewer

    def missed(self, since: str) -> list[Told] | None:
        epoch, _, number = since.partition("-")
        if epoch != self._epoch or not number.isdecimal() or len(number) > 12:
            return None
        first = self._kept[0].number if self._kept else self._number + 1
        return None if int(number) + 1 < first else [told for told in self._kept if told.number > int(number)]

    async def _coming(self, viewer: Viewer) -> AsyncIterator[str]:
        while True:
            try:
                told = await asyncio.wait_for(viewer.queue.get(), _ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if told is None:
                return
            yield self._as_text(told, viewer.wanted)

    def _tell_trouble(self, sentence: str) -> None:
        """Once when it begins, and once when it is over."""
        if sentence != self._trouble:
            self._trouble = sentence
            self._tell("trouble", {"said": sentence})

    def _tell_strip(self, counted: Counted) -> None:
        self._tell("strip", {"html": self._strip(counted), "folders": counted.folders})

    def _tell(self, name: str, data: dict[str, Any], card: Card | None = None) -> None:
        self._number += 1
        told = Told(self._number, name, data, card)
        self._kept.append(told)
        for viewer in list(self._viewers):
            try:
                viewer.queue.put_nowait(told)
            except asyncio.QueueFull:  # it does not read: its browser comes back and is told what it missed
                self._leave(viewer)

    def _leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        while not viewer.queue.empty():
            viewer.queue.get_nowait()
        viewer.queue.put_nowait(None)

    def _as_text(self, told: Told, wanted: Wanted) -> str:
        mark = f"{self._epoch}-{told.number}"
        if told.card is not None and not wanted.takes(told.card):
            return _message("gone", mark, {"id": told.card.id, "place": told.card.place})
        return _message(told.name, mark, told.data)


def _message(name: str, mark: str, data: dict[str, Any]) -> str:
    """JSON has no line breaks of its own, so one line holds it."""
    return f"event: {name}\nid: {mark}\ndata: {json.dumps(data)}\n\n"
