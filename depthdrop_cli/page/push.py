"""Server-sent events: one watcher for all open pages, idle while no page is open."""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from depthdrop_cli.page.cards import ENDS, Card
from depthdrop_cli.page.errors import EXPECTED, status_and_sentence
from depthdrop_cli.page.list_page import Wanted
from depthdrop_cli.page.totals import Counted, Counting
from depthdrop_cli.page.watcher import Watcher

_LOOK_SECONDS = 1.0
_ERROR_SECONDS = 10.0
_LINGER_SECONDS = 30.0  # time for a page that was just served to open its connection
_KEEPALIVE_SECONDS = 15.0
_KEPT = 500  # messages, for pages that reconnect
VIEWERS_MAX = 24


@dataclass(frozen=True, slots=True)
class Message:
    """A card with its HTML, the id of a card that is gone, the totals, or a problem."""

    number: int
    name: str
    data: dict[str, Any]
    card: Card | None = None


Viewer = asyncio.Queue[Message | None]  # what one open page has not received yet; None ends its connection


class Live:
    """Belongs to one event loop. `render(template, **values)` makes HTML."""

    def __init__(self, watcher: Watcher, render: Callable[..., str], count: Callable[[], Counted]) -> None:
        self._watcher = watcher
        self._render = render
        self.viewers: set[Viewer] = set()
        self.counting = Counting(count, lambda: bool(self.viewers))
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[Message] = deque(maxlen=_KEPT)
        self._served_at = -_LINGER_SECONDS
        self._closed = False
        self._error = ""  # why the last look failed

    @property
    def mark(self) -> str:
        """The message after which a page served now continues. Reading it keeps the watcher running for a while."""
        self._served_at = time.monotonic()
        return f"{self._epoch}-{self._number}"

    @property
    def is_full(self) -> bool:
        return self._closed or len(self.viewers) >= VIEWERS_MAX

    async def run(self) -> None:
        """Run until cancelled. Errors of AWS and the network are retried later."""
        await asyncio.gather(self._keep_looking(), self.counting.run(self._publish_totals))

    async def _keep_looking(self) -> None:
        while True:
            pause, error_now = _LOOK_SECONDS, ""
            if self.viewers or time.monotonic() - self._served_at < _LINGER_SECONDS:
                try:
                    await self.look()
                except EXPECTED as error:
                    pause, error_now = _ERROR_SECONDS, status_and_sentence(error)[1]
                if error_now != self._error:  # published when it begins and when it is over
                    self._error = error_now
                    self._publish("problem", {"message": error_now})
            await asyncio.sleep(pause)

    async def look(self) -> None:
        changed, gone = await run_in_threadpool(self._watcher.look)
        for card in changed:
            data = {"id": card.id, "place": card.place, "state": card.state}
            self._publish("card", data | {"html": self._render("card", card=card)}, card)
            if card.state in ENDS or card.money.state != "none":
                self.counting.outdated()
        for name in gone:
            self._publish("gone", {"id": name})

    def close(self) -> None:
        """End every connection and accept no new one."""
        self._closed = True
        for viewer in list(self.viewers):
            self._leave(viewer)

    async def messages(self, wanted: Wanted, since: str) -> AsyncIterator[str]:
        """Yields first the messages that the page missed since that mark.

        Ends at once if other pages took the last place just before: the browser then asks again.
        """
        if self.is_full:
            return
        viewer = self.join()
        try:
            yield "retry: 2000\n\n"
            for message in self.missed(since):
                yield self._as_text(message, wanted)
            while True:
                try:
                    received = await asyncio.wait_for(viewer.get(), _KEEPALIVE_SECONDS)
                except TimeoutError:
                    yield ": keep-alive\n\n"
                    continue
                if received is None:
                    return
                yield self._as_text(received, wanted)
        finally:
            self.viewers.discard(viewer)

    def join(self) -> Viewer:
        viewer = Viewer(_KEPT)
        self.viewers.add(viewer)
        self.counting.listened()
        return viewer

    def missed(self, since: str) -> list[Message]:
        """The messages since that mark, or `stale` if they are no longer kept."""
        epoch, _, number = since.partition("-")
        first = self._kept[0].number if self._kept else self._number + 1
        is_mark = epoch == self._epoch and number.isdecimal() and len(number) <= 12
        if not is_mark or int(number) + 1 < first:
            return [Message(self._number, "stale", {})]
        return [kept for kept in self._kept if kept.number > int(number)]

    def _publish_totals(self, counted: Counted) -> None:
        self._publish("totals", {"html": self._render("totals", counted=counted), "folders": counted.folders})

    def _publish(self, name: str, data: dict[str, Any], card: Card | None = None) -> None:
        self._number += 1
        message = Message(self._number, name, data, card)
        self._kept.append(message)
        for viewer in list(self.viewers):
            try:
                viewer.put_nowait(message)
            except asyncio.QueueFull:  # it does not read: its browser reconnects and gets what it missed
                self._leave(viewer)

    def _leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
        while not viewer.empty():
            viewer.get_nowait()
        viewer.put_nowait(None)

    def _as_text(self, message: Message, wanted: Wanted) -> str:
        """For a page that filters out the card, it is `gone`. JSON has no line breaks, so it fits one data line."""
        name, data, card = message.name, message.data, message.card
        if card is not None and not wanted.takes(card):
            name, data = "gone", {"id": card.id, "place": card.place}
        return f"event: {name}\nid: {self._epoch}-{message.number}\ndata: {json.dumps(data)}\n\n"
