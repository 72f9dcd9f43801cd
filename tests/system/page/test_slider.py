"""The slider between before and after, by mouse, keyboard and finger; its pictures here are red and blue."""

import io

import pytest
from PIL import Image

from depthdrop_cli.page.report import Outcome, report
from tests.system.page.conftest import Open
from tests.system.page.watched import Watched, box
from tests.unit.page.report_elements import CHARGED, MADE_AT


def _plain(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (640, 427), colour).save(target, "PNG")
    return target.getvalue()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    pair = Outcome("temple.jpg", "succeeded", CHARGED, before=_plain("red"), after=_plain("blue"))
    path = tmp_path_factory.mktemp("out") / "index.html"
    path.write_text(report([pair, pair], MADE_AT, simulated=False), encoding="utf-8")
    return path.as_uri()


def _shown_until(watched: Watched) -> float:
    """How much of the first picture is the one before, as it is painted, from 0 to 1."""
    with Image.open(io.BytesIO(watched.page.locator(".compare").first.screenshot())) as painted:
        line = painted.convert("RGB").crop((0, painted.height // 4, painted.width, painted.height // 4 + 1))
    pixels = [line.getpixel((x, 0)) for x in range(line.width)]
    red, blue = (sum(_is_near(pixel, colour) for pixel in pixels) for colour in ((255, 0, 0), (0, 0, 255)))
    return red / (red + blue)


def _is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 60 for one, other in zip(pixel, colour, strict=True))


def test_the_mouse_moves_the_slider_from_anywhere_on_the_picture(visit: Open, url: str) -> None:
    report_page = visit(url)
    mouse, place = report_page.page.mouse, box(report_page.page.locator(".compare").first)
    middle = place["y"] + place["height"] / 2

    assert _shown_until(report_page) == pytest.approx(0.5, abs=0.01)
    mouse.move(place["x"] + place["width"] * 0.9, middle)
    mouse.down()
    assert _shown_until(report_page) == pytest.approx(0.9, abs=0.01)
    mouse.move(place["x"] + place["width"] * 0.2, middle + 30, steps=5)
    assert _shown_until(report_page) == pytest.approx(0.2, abs=0.01)
    mouse.move(place["x"] - 200, middle)
    assert _shown_until(report_page) == 0
    mouse.up()
    mouse.move(place["x"] + place["width"] * 0.7, middle)
    assert _shown_until(report_page) == 0
    assert report_page.page.locator("input").first.input_value() == "0"
    assert report_page.page.locator("input").nth(1).input_value() == "50"


def test_the_keyboard_moves_it_and_says_where_it_is(visit: Open, url: str) -> None:
    report_page = visit(url)
    report_page.page.keyboard.press("Tab")
    handle = report_page.page.locator("input:focus")

    assert handle.get_attribute("aria-label") == "Compare temple.jpg before and after"
    for _ in range(10):
        report_page.page.keyboard.press("ArrowRight")
    assert _shown_until(report_page) == pytest.approx(0.6, abs=0.01)
    assert handle.get_attribute("aria-valuetext") == "60 % before, 40 % after"
    report_page.page.keyboard.press("Home")
    assert _shown_until(report_page) == 0
    report_page.page.keyboard.press("End")
    assert _shown_until(report_page) == 1
    outline = report_page.page.locator(".compare").first.evaluate("one => getComputedStyle(one).outlineWidth")
    assert outline == "3px"


def test_a_finger_moves_it_sideways_and_scrolls_up_and_down(visit: Open, url: str) -> None:
    report_page = visit(url, width=360, height=740, has_touch=True, is_mobile=True)
    place = box(report_page.page.locator(".compare").first)
    report_page.page.touchscreen.tap(place["x"] + place["width"] * 0.25, place["y"] + 40)

    assert _shown_until(report_page) == pytest.approx(0.25, abs=0.01)
    _swipe(report_page, (place["x"] + 290, place["y"] + 150), (0, -120))
    assert report_page.page.evaluate("scrollY") > 0
    assert _shown_until(report_page) == pytest.approx(0.25, abs=0.02)
    place = box(report_page.page.locator(".compare").first)
    _swipe(report_page, (place["x"] + 90, place["y"] + 180), (150, 0))
    assert _shown_until(report_page) == pytest.approx((90 + 150) / place["width"], abs=0.05)


def _swipe(watched: Watched, start: tuple[float, float], by: tuple[float, float]) -> None:
    """As a finger does it, in ten steps."""
    session = watched.page.context.new_cdp_session(watched.page)
    (x, y), steps = start, 10
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, steps + 1):
        point = {"x": x + by[0] * step / steps, "y": y + by[1] * step / steps}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    watched.page.wait_for_timeout(100)


def test_without_script_both_pictures_are_one_above_the_other(visit: Open, url: str) -> None:
    report_page = visit(url, java_script_enabled=False)
    before, after = (box(report_page.page.locator(f".compare .{name}").first) for name in ("before", "after"))

    assert before["y"] + before["height"] <= after["y"]
    assert (before["width"], before["height"]) == (after["width"], after["height"])
    assert not report_page.page.locator("input").first.is_visible()


def test_on_paper_both_are_side_by_side(visit: Open, url: str) -> None:
    report_page = visit(url)
    report_page.page.emulate_media(media="print")
    before, after = (box(report_page.page.locator(f".compare .{name}").first) for name in ("before", "after"))

    assert before["x"] + before["width"] <= after["x"]
    assert before["y"] == after["y"]
