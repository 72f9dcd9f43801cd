"""What open pages receive: each change once, from their mark on, from one watcher for all."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from botocore.exceptions import NoCredentialsError

from depthdrop_cli.page import push as live_module
from depthdrop_cli.page.cards import Card
from depthdrop_cli.page.errors import status_and_sentence
from depthdrop_cli.page.list_page import Wanted
from depthdrop_cli.page.push import Live
from depthdrop_cli.page.totals import Counted
from tests.support.scripted import NOW
from tests.unit.page.pauses import HANG_SECONDS, Pauses, settled
from tests.unit.page.served import Browser

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


def _run(work: Callable[[Live, Scripted], Awaitable[T]]) -> T:
    async def run() -> T:
        watcher = Scripted()
        return await work(_live(watcher), watcher)

    return asyncio.run(run())


async def _received(live: Live, since: str, count: int, wanted: Wanted = ALL) -> list[tuple[str, dict[str, Any]]]:
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


def test_a_change_reaches_every_page_that_is_open() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        pages = [asyncio.create_task(_received(live, live.mark, 1)) for _ in range(3)]
        await settled()
        watcher.seen = [card()]
        await live.look()
        return await asyncio.gather(*pages), watcher.looks

    received, looks = _run(work)

    [place] = {received[0][0][1]["place"]}
    assert (
        received
        == [[("card", {"id": "a", "place": place, "state": "submitted", "html": "<li>submitted</li>"})]] * 3
    )
    assert looks == 1


def test_changes_between_the_page_and_its_connection_are_sent() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        watcher.seen = [card(state="claimed")]
        await live.look()
        mark = live.mark
        watcher.seen = [card(state="succeeded")]
        await live.look()
        return await _received(live, mark, 1)

    [(name, data)] = _run(work)

    assert (name, data["state"]) == ("card", "succeeded")


@pytest.mark.parametrize("since", ["", "other-1", "x", "-", "e-999999999999999", "é-1"])
def test_a_page_with_an_unknown_mark_is_asked_to_reload(since: str) -> None:
    [(name, _)] = _run(lambda live, _: _received(live, since, 1))

    assert name == "stale"


def test_a_page_that_was_away_too_long_is_asked_to_reload() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        mark = live.mark
        for number in range(600):
            watcher.seen = [card(str(number))]
            await live.look()
        return await _received(live, mark, 1), len(live._kept)

    received, kept = _run(work)

    assert received[0][0] == "stale"
    assert kept == 500


def test_a_filtered_page_is_notified_that_a_card_left_it() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        mark = live.mark
        watcher.seen = [card("a", "failed"), card("b", "succeeded"), card("c", "failed", "album/c.jpg")]
        await live.look()
        failed = await _received(live, mark, 3, Wanted("failed"))
        album = await _received(live, mark, 3, Wanted(None, "album"))
        return failed, album

    failed, album = _run(work)

    assert [(name, data["id"]) for name, data in failed] == [("card", "a"), ("gone", "b"), ("card", "c")]
    assert [(name, data["id"]) for name, data in album] == [("gone", "a"), ("gone", "b"), ("card", "c")]


def test_only_so_many_pages_are_served() -> None:
    async def work(live: Live, _watcher: Scripted) -> list[bool]:
        full = []
        for _ in range(live_module.VIEWERS_MAX):
            full.append(live.is_full)
            live.join()
        return [*full, live.is_full]

    assert _run(work) == [False] * live_module.VIEWERS_MAX + [True]


def test_pages_that_connect_at_the_same_moment_stay_within_the_limit() -> None:
    async def work(live: Live, _watcher: Scripted) -> list[int]:
        streams = [live.messages(ALL, "") for _ in range(live_module.VIEWERS_MAX + 3)]
        begun = [[text async for text in _first(stream)] for stream in streams]
        return [len(texts) for texts in begun] + [len(live.viewers)]

    async def _first(stream: AsyncIterator[str]) -> AsyncIterator[str]:
        async for text in stream:
            yield text
            return

    assert _run(work) == [1] * live_module.VIEWERS_MAX + [0] * 3 + [live_module.VIEWERS_MAX]


def test_a_page_that_goes_leaves_its_place() -> None:
    async def work(live: Live, watcher: Scripted) -> int:
        watcher.seen = [card()]
        await live.look()
        for _ in range(live_module.VIEWERS_MAX + 2):
            page = asyncio.create_task(_received(live, live.mark, 1))
            await settled()
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)
        await settled()
        return len(live.viewers)

    assert _run(work) == 0


def test_a_page_that_does_not_read_is_let_go() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        viewer = live.join()
        for number in range(600):
            watcher.seen = [card(str(number))]
            await live.look()
        return len(live.viewers), viewer.qsize()

    assert _run(work) == (0, 1)


def test_closing_ends_every_connection() -> None:
    async def work(live: Live, _watcher: Scripted) -> Any:
        pages = [asyncio.create_task(_received(live, live.mark, 1)) for _ in range(3)]
        await settled()
        live.close()
        return await asyncio.wait_for(asyncio.gather(*pages), HANG_SECONDS), live.is_full

    assert _run(work) == ([[], [], []], True)


def test_the_watcher_is_idle_while_no_page_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    Pauses(monkeypatch, live_module)

    async def work(live: Live, watcher: Scripted) -> Any:
        watching = asyncio.create_task(live.run())
        await settled()
        alone = watcher.looks
        live.join()
        await settled()
        watching.cancel()
        return alone, watcher.looks

    alone, looked = _run(work)

    assert alone == 0
    assert looked > 0


def test_an_error_in_one_look_does_not_stop_the_watcher(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses(monkeypatch, live_module)

    async def work(live: Live, watcher: Scripted) -> int:
        def broken() -> Any:
            watcher.looks += 1
            raise ConnectionError

        monkeypatch.setattr(watcher, "look", broken)
        live.join()
        watching = asyncio.create_task(live.run())
        await settled()
        watching.cancel()
        return watcher.looks

    assert _run(work) > 1
    assert set(pauses.asked) == {live_module._ERROR_SECONDS}


def test_a_page_gets_a_problem_once_and_its_end_once(monkeypatch: pytest.MonkeyPatch) -> None:
    Pauses(monkeypatch, live_module)

    async def work(live: Live, watcher: Scripted) -> list[tuple[str, dict[str, Any]]]:
        look = watcher.look

        def broken() -> Any:
            if watcher.looks < 3:
                watcher.looks += 1
                raise NoCredentialsError
            return look()

        monkeypatch.setattr(watcher, "look", broken)
        watching = asyncio.create_task(live.run())
        received = await _received(live, live.mark, 3)
        watching.cancel()
        return received

    [*problems, totals] = sorted(_run(work), key=lambda message: message[0])
    assert totals[0] == "totals"
    sentence = status_and_sentence(NoCredentialsError())[1]
    assert problems == [("problem", {"message": sentence}), ("problem", {"message": ""})]


def test_a_page_is_served_before_the_count_and_gets_the_count_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "_LOOK_SECONDS", 60.0)

    async def work(live: Live, _watcher: Scripted) -> Any:
        watching = asyncio.create_task(live.run())
        mark = live.mark
        before = live.counting.last()
        received = await asyncio.wait_for(_received(live, mark, 1), HANG_SECONDS)
        watching.cancel()
        return before, received, live.counting.last()

    before, received, after = _run(work)

    assert before is None
    assert received == [("totals", {"html": "<dl></dl>", "folders": ["album"]})]
    assert after == COUNTED


def test_a_count_that_takes_long_holds_up_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lasts until three looks were made beside it."""
    Pauses(monkeypatch, live_module, threads=True)
    looked = threading.Event()
    counted: list[bool] = []

    def count() -> Counted:
        counted.append(looked.wait(HANG_SECONDS))
        return COUNTED

    async def work(live: Live, watcher: Scripted) -> None:
        def look() -> tuple[list[Card], list[str]]:
            watcher.looks += 1
            if watcher.looks == 3:
                looked.set()
            return [], []

        monkeypatch.setattr(live.counting, "_count", count)
        monkeypatch.setattr(watcher, "look", look)
        live.join()
        watching = asyncio.create_task(live.run())
        while not counted:  # noqa: ASYNC110  # a thread says so, to no loop
            await asyncio.sleep(0.001)
        watching.cancel()

    _run(work)

    assert counted == [True]


def test_an_address_of_events_takes_a_filter_that_is_there(browser: Browser) -> None:
    assert browser.get("/events?status=odd").status_code == 400
    browser.app.live.close()
    assert browser.get("/events").status_code == 503
