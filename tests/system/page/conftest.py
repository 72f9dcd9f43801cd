import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from depthdrop.records.table import Item
from tests.system.page.chromium import NoBrowserError, chromium
from tests.system.page.steps import ROCKET
from tests.system.page.upped import Stocked, Upped, eventually, upped
from tests.system.page.watched import Watched

Open = Callable[..., Watched]
expect.set_options(timeout=240_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launched(playwright) as running:
        yield running


@contextmanager
def launched(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """Headless. Its own sandbox does not work for root, as in a container."""
    try:
        path = chromium()
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    running = playwright.chromium.launch(
        executable_path=path, chromium_sandbox=os.geteuid() != 0, args=list(arguments)
    )
    yield running
    running.close()


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upped]:
    """One running `make up` for all tests: starting it takes longer than most of them."""
    with upped(tmp_path_factory.mktemp("up"), SPEED="20") as running:
        yield running


@pytest.fixture
def fresh(up: Upped) -> Upped:
    """Nothing was ever dropped there."""
    up.forget()
    return up


@pytest.fixture(scope="session")
def model(up: Upped) -> tuple[Item, Item]:
    """The records of a real drop and of its edit."""
    up.forget()
    (up.folder / "inbox" / "launch.txt").write_text("a night launch, long exposure")
    (up.folder / "inbox" / "launch.jpg").write_bytes(ROCKET.read_bytes())
    eventually(lambda: "SUCCEEDED" * any("notified_at" in edit for edit in up.records("edit")))
    [edit], [drop] = up.records("edit"), up.records("drop")
    return drop, edit


@pytest.fixture
def stocked(up: Upped, model: tuple[Item, Item]) -> Stocked:
    """One edit came out there."""
    up.forget()
    up.write(model)
    drop, edit = model
    return Stocked(**vars(up), drop=drop, edit=edit)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """A fresh visitor's view of an address, or of where the printed one leads; what the browser complained of fails
    the test at its end.

    It is asked for as by the button for a reload: tests write into the table behind the page's back.
    """
    contexts: list[BrowserContext] = []
    seen: list[Watched] = []

    def visit(url: str, width: int = 1280, height: int = 900, **extra: object) -> Watched:
        settings: dict[str, Any] = {"extra_http_headers": {"Cache-Control": "no-cache"}, **extra}
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page: Page = context.new_page()
        watched = Watched(page)
        seen.append(watched)
        page.goto(url)
        if "/open/" in url:
            page.wait_for_url(lambda led_to: "/open/" not in led_to)
        return watched

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for watched in seen for complaint in watched.complaints] == []
