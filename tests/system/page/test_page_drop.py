"""The page of `make up` in a real browser, on the real local stack: drop, watch, compare."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.system.page.conftest import Open
from tests.system.page.steps import COFFEE, ROCKET, TEMPLE, ended, file, look, tab_to
from tests.system.page.upped import Upped
from tests.system.page.watched import box, until

pytestmark = pytest.mark.sockets


def test_two_photographs_are_priced_dropped_watched_and_compared(visit: Open, fresh: Upped) -> None:
    seen = visit(fresh.url)
    page = seen.page
    home = page.url
    plan = look(page, [TEMPLE, COFFEE], "a winter evening, fresh snow on every roof")

    expect(plan).to_contain_text("2 pictures: $0.12")
    seen.keep("page-plan")
    assert fresh.records("edit") == fresh.records("drop") == []

    page.locator("[data-pay]").click()
    cards = ended(page, 2)
    expect(page.locator("[data-totals]")).to_contain_text("$0.12")
    expect(page.locator(".badge").first).to_contain_text("Simulated")
    cards.last.scroll_into_view_if_needed()
    expect(cards.locator("img")).to_have_count(2)
    until(page, "[...document.querySelectorAll('.card img')].every(one => one.complete && one.naturalWidth)")
    page.set_viewport_size({"width": 1280, "height": 600})
    page.evaluate("scrollTo(0, 0)")
    seen.keep("readme-page")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert [asked for asked in seen.asked if asked == home] == [home]  # no reload
    assert {edit["state"] for edit in fresh.records("edit")} == {"SUCCEEDED"}

    cards.filter(has_text="temple.jpg").get_by_role("link").first.click()
    compare = page.locator(".compare")
    expect(compare).to_be_visible()
    for word in (
        "a winter evening, fresh snow on every roof",
        "flux-pro-1.0-depth",
        "$0.06",
        "the paid request went out",
    ):
        expect(page.locator("main")).to_contain_text(word)
    until(page, "[...document.querySelectorAll('.compare img')].every(one => one.complete && one.naturalWidth)")
    place = box(compare)
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 4, place["y"] + place["height"] / 2, steps=4)
    page.mouse.up()
    assert compare.locator("input").input_value() == "25"
    page.keyboard.press("ArrowRight")
    assert compare.locator("input").input_value() == "26"
    seen.keep("page-detail")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Manifest").click()
    assert saved.value.suggested_filename.endswith(".json")
    page.get_by_role("link", name="Full size").click()
    until(page, "document.images.length === 1 && document.images[0].naturalWidth > 0")


def test_the_keyboard_alone_is_enough(visit: Open, fresh: Upped) -> None:
    page = visit(fresh.url).page
    page.on("filechooser", lambda _: None)  # from now on: one that opens at once is not missed
    tab_to(page, page.locator("#files"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(ROCKET)
    tab_to(page, page.get_by_label("Prompt"))
    page.keyboard.type("a charcoal drawing")
    tab_to(page, page.get_by_role("button", name="See what it costs"))
    page.keyboard.press("Enter")
    pay = page.locator("[data-pay]")
    expect(pay).to_be_visible()
    tab_to(page, pay)
    page.keyboard.press("Enter")
    card = ended(page, 1)
    tab_to(page, card.get_by_role("link").last)
    page.keyboard.press("Enter")
    handle = page.get_by_role("slider")
    expect(handle).to_be_visible()
    tab_to(page, handle)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")

    assert handle.get_attribute("aria-valuetext") == "1 % before, 99 % after"


def test_what_would_be_refused_is_shown_before_anything_is_spent(visit: Open, fresh: Upped) -> None:
    page = visit(fresh.url).page
    files = [file("room.jpg", TEMPLE.read_bytes()), file("room.yaml", b"prompt: a sketch\nstep: 20\n")]
    page.locator("#files").set_input_files(files)
    page.get_by_role("button", name="See what it costs").click()

    expect(page.locator("[data-plan]")).to_contain_text("Did you mean 'steps'?")
    expect(page.locator("[data-pay]")).to_have_count(0)
    assert fresh.records("drop") == []


def test_a_script_in_a_file_name_and_in_a_prompt_is_read_and_not_run(visit: Open, fresh: Upped) -> None:
    name, prompt = '"><img src=x onerror=alert(1)>.jpg', "</textarea></script><script>alert(2)</script>{{ 7*7 }}"
    seen = visit(fresh.url)
    page = seen.page
    plan = look(page, [file(name, _small())], prompt)

    expect(plan).to_contain_text(name)
    expect(plan).to_contain_text(prompt)
    page.locator("[data-pay]").click()
    card = ended(page, 1)
    expect(card).to_contain_text(name)
    expect(card).to_contain_text(prompt)
    card.get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("blockquote")).to_have_text(prompt)
    page.goto(fresh.url)
    expect(page.locator(".card")).to_contain_text(prompt)
    assert seen.complaints == []  # nothing was there for the policy to refuse


def _small() -> bytes:
    with Image.open(ROCKET) as picture:
        target = io.BytesIO()
        picture.resize((400, 300)).save(target, "JPEG")
    return target.getvalue()


def test_a_drop_from_elsewhere_appears_without_a_reload(visit: Open, fresh: Upped) -> None:
    page = visit(fresh.url).page
    (fresh.folder / "inbox" / "elsewhere.txt").write_text("an etching")
    (fresh.folder / "inbox" / "elsewhere.jpg").write_bytes(_small())

    expect(ended(page, 1)).to_contain_text("elsewhere.jpg")
