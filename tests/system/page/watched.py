"""A page under observation: what it asked for, what the browser complained of, what axe finds."""

import time
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page, Request

SCREENSHOTS = Path(__file__).resolve().parents[3] / "build" / "screenshots"
_PATIENCE_SECONDS = 240.0  # only what does not come at all takes so long
_COMPLAINTS = {"error", "warning"}  # a refusal by the policy is an error


class Watched:
    """`complaints` are scripts' errors and whatever the policy refused."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._dialog)

    def violations(self) -> list[str]:
        """What axe-core finds wrong, with where. Evaluated from outside: the page's policy stays in force."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]

    def is_wider_than_its_window(self) -> bool:
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    def shifts(self) -> float:
        """The browser's sum of layout shifts since the page began."""
        total: float = self.page.evaluate(
            """() => new Promise(resolve => {
                let sum = 0;
                const add = list => { for (const one of list) sum += one.value };
                const found = new PerformanceObserver(list => add(list.getEntries()));
                found.observe({ type: "layout-shift", buffered: true });
                setTimeout(() => { add(found.takeRecords()); resolve(sum) }, 500);
            })"""
        )
        return total

    def keep(self, name: str, *, whole: bool = False) -> None:
        """A screenshot for people, in build/screenshots/."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        address = message.location["url"]
        if message.type in _COMPLAINTS and not address.endswith(
            "/favicon.ico"
        ):  # asked of the bucket, which has none
            self.complaints.append(f"{message.text} ({address})")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def until(page: Page, true: str) -> None:
    """Looks from outside: one that waits within the page is a string to evaluate, which its policy refuses."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        time.sleep(0.05)


def box(locator: Locator) -> dict[str, float]:
    """Where it is on the screen."""
    found: Any = locator.bounding_box()
    assert found is not None
    return dict(found)
