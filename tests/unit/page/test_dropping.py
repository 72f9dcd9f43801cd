"""Dropping from the page: priced by the command's own code, paid for once, and only what was shown."""

from tests.unit.page.served import Browser
from tests.unit.scripted import PICTURE, picture


def _keys(browser: Browser) -> list[str]:
    s3 = browser.stack.submit().inbox.s3
    return [one["Key"] for one in s3.list_objects_v2(Bucket="depthdrop-inbox").get("Contents", [])]


def test_a_look_says_the_price_and_uploads_nothing(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE, "b.jpg": picture(shade=7)})

    plan = browser.look(draft, prompt="a watercolour")

    assert plan["sent"] == 2
    assert "2 pictures: $0.12" in plan["html"]
    assert _keys(browser) == []


def test_pressed_twice_it_is_dropped_once(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="a watercolour", folder="/album//")["plan"]

    first, second = browser.drop(draft, plan), browser.drop(draft, plan)

    assert (first.status_code, second.status_code) == (200, 200)
    assert _keys(browser) == ["album/a.jpg"]
