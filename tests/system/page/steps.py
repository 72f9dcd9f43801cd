"""What a visitor of the page does, step by step."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TEMPLE, COFFEE, ROCKET = (SAMPLES / name for name in ("temple.jpg", "coffee.png", "rocket.jpg"))
_END_MILLISECONDS = 600_000


def file(name: str, content: bytes) -> FilePayload:
    """One that is on no disk: its name may be anything."""
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


def look(page: Page, files: Sequence[Path] | Sequence[FilePayload], prompt: str) -> Locator:
    """Choose files, say what to make of them, and ask what that costs."""
    page.locator("#files").set_input_files(files)
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="See what it costs").click()
    plan = page.locator("[data-plan]")
    expect(plan).to_contain_text("$")
    return plan


def ended(page: Page, count: int, state: str = "succeeded") -> Locator:
    """The cards of these edits, when there are as many: pushed by the server, never by a reload."""
    cards = page.locator(f'.card[data-state="{state}"]')
    expect(cards).to_have_count(count, timeout=_END_MILLISECONDS)
    return cards


def tab_to(page: Page, wanted: Locator, most: int = 60) -> None:
    """With the Tab key alone; the page may have led there already."""
    for _ in range(most):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} times Tab did not lead to {wanted}")
