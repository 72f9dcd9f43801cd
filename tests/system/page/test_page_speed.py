"""A long list costs a browser no more than a short one; how long both take is printed, and judged by no test."""

from statistics import median

import pytest
from playwright.sync_api import StorageState

from tests.system.page.conftest import Open
from tests.system.page.stock import many
from tests.system.page.upped import Stocked
from tests.system.page.watched import until

pytestmark = pytest.mark.sockets

_PAIRS = 3
_PAGE, _EDITS = 60, 500
# Everything that the server sent is laid out, and the first of it is on the screen; and how many bytes of HTML.
_PAINTED = """() => [
    Math.max(
        performance.getEntriesByName("first-contentful-paint")[0].startTime,
        performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
    ),
    performance.getEntriesByType("navigation")[0].decodedBodySize,
    document.querySelectorAll("*").length,
]"""


def test_a_browser_is_sent_no_more_of_500_edits_than_of_60(visit: Open, stocked: Stocked) -> None:
    """By a server that has never seen them: the table was filled behind its back."""
    records = many(stocked.drop, stocked.edit, _EDITS)
    short = many(stocked.drop, stocked.edit, _PAGE)
    let_in = visit(stocked.url).page
    home, cookies = let_in.url, let_in.context.storage_state()
    let_in.context.close()  # it would ask for pictures of records that are taken away
    one_page: list[tuple[float, int, int]] = []
    full: list[tuple[float, int, int]] = []
    for _ in range(_PAIRS):
        for written, seen in ((short, one_page), (records, full)):
            stocked.forget()
            stocked.write(written)
            seen.append(_painted(visit, home, cookies))
    paints = [median(seconds for seconds, _, _ in seen) for seen in (one_page, full)]
    print(f"painted: {_PAGE} {paints[0]:.0f} ms, {_EDITS} {paints[1]:.0f} ms")  # noqa: T201  # a figure

    for (_, size, elements), (_, full_size, full_elements) in zip(one_page, full, strict=True):
        assert full_size < 1.1 * size, (one_page, full)  # a link to the next page, and longer counts
        assert full_elements < 1.1 * elements, (one_page, full)


def _painted(visit: Open, url: str, cookies: StorageState) -> tuple[float, int, int]:
    """Milliseconds from the click to the picture, bytes and elements, in a browser that has nothing of it yet."""
    page = visit(url, storage_state=cookies).page
    until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    milliseconds, size, elements = page.evaluate(_PAINTED)
    assert page.locator(".card").count() == _PAGE
    page.context.close()
    return milliseconds, size, elements
