"""A long list is painted about as soon as an empty one."""

from statistics import median

import pytest

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
    """By a server that has read the table; how long that takes is printed, and is the table's affair."""
    records = many(stocked.drop, stocked.edit, _EDITS)
    first, empty, full = [], [], []
    for _ in range(_PAIRS):  # one after the other, so that a busy machine is as busy for both
        stocked.forget()
        _painted(visit, stocked.url)
        empty.append(_painted(visit, stocked.url, extra_http_headers={}))
        stocked.write(records)
        first.append(_painted(visit, stocked.url))
        full.append(_painted(visit, stocked.url, cards=60, extra_http_headers={}))
    with_figures = f"none {median(empty):.0f} ms, {_EDITS} {median(full):.0f} ms, read anew {median(first):.0f} ms"
    print(f"painted: {with_figures}")  # noqa: T201  # a figure

    assert median(full) < 2 * median(empty), (empty, full)


def _painted(visit: Open, url: str, cards: int = 0, **extra: object) -> float:
    """Milliseconds from the click to the picture, in a browser that knows nothing of the page yet."""
    page = visit(url, **extra).page
    until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    milliseconds: float = page.evaluate(_PAINTED)
    assert page.locator(".card").count() >= cards
    page.context.close()
    return milliseconds
