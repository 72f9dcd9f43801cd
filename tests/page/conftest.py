import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.page.chromium import NoBrowserError, chromium
from tests.page.watched import Watched

Open = Callable[..., Watched]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless. Its own sandbox does not work for root, as in a container."""
    try:
        path = chromium()
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """A fresh visitor's view of an address; what the browser complained of fails the test at its end."""
    contexts: list[BrowserContext] = []
    seen: list[Watched] = []

    def visit(url: str, width: int = 1280, height: int = 900, **extra: object) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": height}, **extra)  # type: ignore[arg-type]  # Playwright's own names
        contexts.append(context)
        page: Page = context.new_page()
        watched = Watched(page)
        seen.append(watched)
        page.goto(url)
        return watched

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for watched in seen for complaint in watched.complaints] == []
