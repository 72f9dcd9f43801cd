"""The totals are counted only while a page listens and the last count is old or outdated."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from depthdrop_cli.page import totals as totals_module
from depthdrop_cli.page.totals import Counted, Counting
from tests.unit.page.pauses import Pauses, settled

COUNTED = Counted(1, Decimal("0.06"), Decimal(0), Decimal(0), 0, ())


class Heard:
    """A page that listens or not, and a table whose counts are recorded and may fail."""

    def __init__(self) -> None:
        self.listens = False
        self.counts = 0
        self.failures: list[Exception] = []
        self.received: list[Counted] = []
        self.counting = Counting(self.count, lambda: self.listens)

    def count(self) -> Counted:
        self.counts += 1
        if self.failures:
            raise self.failures.pop()
        return COUNTED

    async def page(self, *, is_reload: bool = False, listens: bool = True) -> int:
        """A page is served, and listens; how often the table was counted by then."""
        self.counting.last(is_reload=is_reload)
        self.listens = listens
        self.counting.listened()
        await settled()
        return self.counts


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    return Pauses(monkeypatch, totals_module)


def _run(work: Callable[[Heard], Awaitable[list[int]]]) -> tuple[list[int], Heard]:
    async def run() -> tuple[list[int], Heard]:
        heard = Heard()
        running = asyncio.create_task(heard.counting.run(heard.received.append))
        seen = await work(heard)
        running.cancel()
        return seen, heard

    return asyncio.run(run())


def test_the_table_is_counted_once_for_pages_that_come_together_and_again_for_a_reload() -> None:
    async def work(heard: Heard) -> list[int]:
        return [await heard.page(is_reload=is_reload) for is_reload in (False, False, False, True)]

    seen, heard = _run(work)

    assert seen == [1, 1, 1, 2]
    assert heard.received == [COUNTED, COUNTED]
    assert heard.counting.last() == COUNTED


def test_a_count_that_has_become_old_is_made_again(pauses: Pauses) -> None:
    async def work(heard: Heard) -> list[int]:
        first = await heard.page()
        pauses.now += totals_module._FRESH_SECONDS - 0.1
        still_good = await heard.page()
        pauses.now += 0.1
        return [first, still_good, await heard.page()]

    assert _run(work)[0] == [1, 1, 2]


def test_nothing_is_counted_while_a_page_is_painted_that_does_not_listen_yet() -> None:
    async def work(heard: Heard) -> list[int]:
        heard.counting.outdated()
        return [await heard.page(listens=False), await heard.page()]

    assert _run(work)[0] == [0, 1]


def test_a_change_is_counted_while_a_page_listens() -> None:
    async def work(heard: Heard) -> list[int]:
        first = await heard.page()
        heard.counting.outdated()
        await settled()
        return [first, heard.counts]

    assert _run(work)[0] == [1, 2]


def test_changes_in_a_row_are_counted_together(pauses: Pauses) -> None:
    async def work(heard: Heard) -> list[int]:
        pauses.hold()
        first = await heard.page()
        for _ in range(20):
            heard.counting.outdated()
            await asyncio.sleep(0)
        meanwhile = heard.counts
        pauses.let_go()
        await settled()
        return [first, meanwhile, heard.counts]

    assert _run(work)[0] == [1, 1, 2]
    assert pauses.asked == [totals_module._PAUSE_SECONDS] * 2


def test_a_count_that_failed_is_made_again_while_a_page_listens(pauses: Pauses) -> None:
    async def work(heard: Heard) -> list[int]:
        heard.failures = [ConnectionError()]
        return [await heard.page()]

    seen, heard = _run(work)

    assert seen == [2]
    assert heard.received == [COUNTED]
    assert pauses.asked == [totals_module._ERROR_SECONDS, totals_module._PAUSE_SECONDS]


def test_a_failed_count_is_not_repeated_when_no_page_listens() -> None:
    async def work(heard: Heard) -> list[int]:
        heard.failures = [ConnectionError()]
        heard.listens = True
        heard.counting.listened()
        heard.listens = False
        await settled()
        return [heard.counts]

    assert _run(work)[0] == [1]
