"""When the one watcher of all open pages looks and counts, and what errors of it the pages get."""

import asyncio
import threading
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from depthdrop_cli.page import push as live_module
from depthdrop_cli.page.cards import Card
from depthdrop_cli.page.errors import status_and_sentence
from depthdrop_cli.page.push import Live
from depthdrop_cli.page.totals import Counted
from tests.unit.page.pauses import HANG_SECONDS, Pauses, settled
from tests.unit.page.pushed import COUNTED, Scripted, received_by, run


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

    alone, looked = run(work)

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

    assert run(work) > 1
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
        received = await received_by(live, live.mark, 3)
        watching.cancel()
        return received

    [*problems, totals] = sorted(run(work), key=lambda message: message[0])
    assert totals[0] == "totals"
    sentence = status_and_sentence(NoCredentialsError())[1]
    assert problems == [("problem", {"message": sentence}), ("problem", {"message": ""})]


def test_a_page_is_served_before_the_count_and_gets_the_count_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "_LOOK_SECONDS", 60.0)

    async def work(live: Live, _watcher: Scripted) -> Any:
        watching = asyncio.create_task(live.run())
        mark = live.mark
        before = live.counting.last()
        received = await asyncio.wait_for(received_by(live, mark, 1), HANG_SECONDS)
        watching.cancel()
        return before, received, live.counting.last()

    before, received, after = run(work)

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

    run(work)

    assert counted == [True]
