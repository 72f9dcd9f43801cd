"""How the page looks, to whom: empty, full, in trouble, in the dark, on a telephone, to those who cannot see it."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.system.page.conftest import Open
from tests.system.page.steps import ROCKET, look
from tests.system.page.stock import PROMPT, many, troubles
from tests.system.page.upped import Stocked, Upped
from tests.system.page.watched import Watched

pytestmark = pytest.mark.sockets

EVERYWHERE = pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]
)


def _is_fine(seen: Watched, name: str) -> None:
    seen.keep(name)

    assert seen.violations() == []
    assert not seen.is_wider_than_its_window()


@EVERYWHERE
def test_an_empty_page(visit: Open, fresh: Upped, scheme: str, width: int) -> None:
    seen = visit(fresh.url, width=width, height=740, color_scheme=scheme)

    expect(seen.page.locator("[data-empty]")).to_be_visible()
    _is_fine(seen, f"page-empty-{scheme}-{width}")


@EVERYWHERE
def test_a_page_with_a_plan(visit: Open, fresh: Upped, scheme: str, width: int) -> None:
    seen = visit(fresh.url, width=width, height=740, color_scheme=scheme)
    look(seen.page, [ROCKET], "a night launch")

    _is_fine(seen, f"page-plan-{scheme}-{width}")


@EVERYWHERE
def test_a_page_with_edits(visit: Open, stocked: Stocked, scheme: str, width: int) -> None:
    stocked.write(many(stocked.drop, stocked.edit, 12))
    seen = visit(stocked.url, width=width, height=740, color_scheme=scheme)

    expect(seen.page.locator('.card[data-state="succeeded"]')).to_have_count(13)
    _is_fine(seen, f"page-edits-{scheme}-{width}")


@EVERYWHERE
def test_a_page_with_trouble(visit: Open, stocked: Stocked, scheme: str, width: int) -> None:
    stocked.write(troubles(stocked.drop, stocked.edit))
    seen = visit(stocked.url, width=width, height=740, color_scheme=scheme)
    cards = seen.page.locator(".cards")

    for state in ("failed", "ambiguous", "refused", "parked", "waiting", "unpaired"):
        expect(cards.locator(f'[data-state="{state}"]')).to_have_count(1)
    for said in ("Moderation stopped", "The answer to the paid request was lost.", "Did you mean 'steps'?"):
        expect(cards).to_contain_text(said)
    _is_fine(seen, f"page-trouble-{scheme}-{width}")


@EVERYWHERE
@pytest.mark.parametrize("state", ["succeeded", "failed", "ambiguous", "refused"])
def test_each_edit_by_itself(visit: Open, stocked: Stocked, scheme: str, width: int, state: str) -> None:
    stocked.write(troubles(stocked.drop, stocked.edit))
    seen = visit(stocked.url, width=width, height=740, color_scheme=scheme)
    seen.page.locator(f'.card[data-state="{state}"]').get_by_role("link").last.click()

    expect(seen.page.get_by_role("heading", level=1)).to_have_text("launch.jpg")
    if state in {"failed", "ambiguous"}:
        expect(seen.page.locator("blockquote")).to_have_text(PROMPT)
    _is_fine(seen, f"page-{state}-{scheme}-{width}")


def test_the_filter_leaves_what_is_asked_for(visit: Open, stocked: Stocked) -> None:
    stocked.write(troubles(stocked.drop, stocked.edit))
    page = visit(stocked.url).page
    page.get_by_role("navigation", name="Filters").get_by_role("link", name="Failed").click()

    expect(page.locator('.card[data-state="failed"]')).to_have_count(1)
    expect(page.locator(".card")).to_have_count(1)


def test_folders_are_offered_once_they_were_counted(visit: Open, stocked: Stocked) -> None:
    stocked.write([{**one, "image_key": "album/a.jpg"} for one in many(stocked.drop, stocked.edit, 1)])
    page = visit(stocked.url).page

    expect(page.locator("#folders option")).to_have_attribute("value", "album")
    expect(page.locator("[data-totals]")).not_to_have_attribute("aria-busy", "true")


def test_the_dark_scheme_is_dark(visit: Open, fresh: Upped) -> None:
    light, dark = (visit(fresh.url, color_scheme=scheme) for scheme in ("light", "dark"))

    assert _lightness(light) > 0.8
    assert _lightness(dark) < 0.2


def _lightness(watched: Watched) -> float:
    """Of the page as it is painted, on the whole, from 0 to 1."""
    with Image.open(io.BytesIO(watched.page.screenshot())) as painted:
        values = painted.convert("L").resize((32, 32)).tobytes()
    return sum(values) / len(values) / 255
