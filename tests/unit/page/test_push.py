"""What open pages receive: each change once, from their mark on, from one watcher for all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from depthdrop_cli.page import push as live_module
from depthdrop_cli.page.list_page import Wanted
from depthdrop_cli.page.push import Live
from tests.unit.page.pauses import HANG_SECONDS, settled
from tests.unit.page.pushed import ALL, Scripted, card, received_by, run
from tests.unit.page.served import Browser


def test_a_change_reaches_every_page_that_is_open() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        pages = [asyncio.create_task(received_by(live, live.mark, 1)) for _ in range(3)]
        await settled()
        watcher.seen = [card()]
        await live.look()
        return await asyncio.gather(*pages), watcher.looks

    received, looks = run(work)

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
        return await received_by(live, mark, 1)

    [(name, data)] = run(work)

    assert (name, data["state"]) == ("card", "succeeded")


@pytest.mark.parametrize("since", ["", "other-1", "x", "-", "e-999999999999999", "é-1"])
def test_a_page_with_an_unknown_mark_is_asked_to_reload(since: str) -> None:
    [(name, _)] = run(lambda live, _: received_by(live, since, 1))

    assert name == "stale"


def test_a_page_that_was_away_too_long_is_asked_to_reload() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        mark = live.mark
        for number in range(600):
            watcher.seen = [card(str(number))]
            await live.look()
        return await received_by(live, mark, 1), len(live._kept)

    received, kept = run(work)

    assert received[0][0] == "stale"
    assert kept == 500


def test_a_filtered_page_is_notified_that_a_card_left_it() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        mark = live.mark
        watcher.seen = [card("a", "failed"), card("b", "succeeded"), card("c", "failed", "album/c.jpg")]
        await live.look()
        failed = await received_by(live, mark, 3, Wanted("failed"))
        album = await received_by(live, mark, 3, Wanted(None, "album"))
        return failed, album

    failed, album = run(work)

    assert [(name, data["id"]) for name, data in failed] == [("card", "a"), ("gone", "b"), ("card", "c")]
    assert [(name, data["id"]) for name, data in album] == [("gone", "a"), ("gone", "b"), ("card", "c")]


def test_only_so_many_pages_are_served() -> None:
    async def work(live: Live, _watcher: Scripted) -> list[bool]:
        full = []
        for _ in range(live_module.VIEWERS_MAX):
            full.append(live.is_full)
            live.join()
        return [*full, live.is_full]

    assert run(work) == [False] * live_module.VIEWERS_MAX + [True]


def test_pages_that_connect_at_the_same_moment_stay_within_the_limit() -> None:
    async def work(live: Live, _watcher: Scripted) -> list[int]:
        streams = [live.messages(ALL, "") for _ in range(live_module.VIEWERS_MAX + 3)]
        begun = [[text async for text in _first(stream)] for stream in streams]
        return [len(texts) for texts in begun] + [len(live.viewers)]

    async def _first(stream: AsyncIterator[str]) -> AsyncIterator[str]:
        async for text in stream:
            yield text
            return

    assert run(work) == [1] * live_module.VIEWERS_MAX + [0] * 3 + [live_module.VIEWERS_MAX]


def test_a_page_that_goes_leaves_its_place() -> None:
    async def work(live: Live, watcher: Scripted) -> int:
        watcher.seen = [card()]
        await live.look()
        for _ in range(live_module.VIEWERS_MAX + 2):
            page = asyncio.create_task(received_by(live, live.mark, 1))
            await settled()
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)
        await settled()
        return len(live.viewers)

    assert run(work) == 0


def test_a_page_that_does_not_read_is_let_go() -> None:
    async def work(live: Live, watcher: Scripted) -> Any:
        viewer = live.join()
        for number in range(600):
            watcher.seen = [card(str(number))]
            await live.look()
        return len(live.viewers), viewer.qsize()

    assert run(work) == (0, 1)


def test_closing_ends_every_connection() -> None:
    async def work(live: Live, _watcher: Scripted) -> Any:
        pages = [asyncio.create_task(received_by(live, live.mark, 1)) for _ in range(3)]
        await settled()
        live.close()
        return await asyncio.wait_for(asyncio.gather(*pages), HANG_SECONDS), live.is_full

    assert run(work) == ([[], [], []], True)


def test_an_address_of_events_takes_a_filter_that_is_there(browser: Browser) -> None:
    assert browser.get("/events?status=odd").status_code == 400
    browser.app.live.close()
    assert browser.get("/events").status_code == 503
