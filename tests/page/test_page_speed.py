"""A long list is painted about as soon as an empty one."""

from statistics import median

import pytest
from playwright.sync_api import StorageState

from tests.page.conftest import Open
from tests.page.stock import many
from tests.page.upped import Stocked
from tests.page.watched import until

pytestmark = pytest.mark.sockets

_PAIRS = 7
_EDITS = 500
# Everything that the server sent is laid out, and the first of it is on the screen.
_PAINTED = """() => Math.max(
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
)"""


def test_500_edits_are_painted_in_less_than_twice_the_time_of_none(visit: Open, stocked: Stocked) -> None:
    """By a server that has never seen them: the table was filled behind its back."""
    records = many(stocked.drop, stocked.edit, _EDITS)
    let_in = visit(stocked.url).page
    home, cookies = let_in.url, let_in.context.storage_state()
    let_in.context.close()  # it would ask for pictures of records that are taken away
    empty, full = [], []
    for _ in range(_PAIRS):  # one after the other, so that a busy machine is as busy for both
        stocked.forget()
        empty.append(_painted(visit, home, cookies))
        stocked.write(records)
        full.append(_painted(visit, home, cookies, cards=60))
    print(f"painted: none {median(empty):.0f} ms, {_EDITS} {median(full):.0f} ms")  # noqa: T201  # a figure

    # The best of each: what other programs take of the machine only ever adds, and not to both alike.
    assert min(full) < 2 * min(empty), (empty, full)


def _painted(visit: Open, url: str, cookies: StorageState, cards: int = 0) -> float:
    """Milliseconds from the click to the picture, in a browser that has the cookie and nothing else of the page."""
    page = visit(url, storage_state=cookies).page
    until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    milliseconds: float = page.evaluate(_PAINTED)
    assert page.locator(".card").count() == cards
    page.context.close()
    return milliseconds
