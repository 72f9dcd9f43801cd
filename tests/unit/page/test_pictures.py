"""Pictures come from the stack's buckets by short links: in no page and no log, whatever the key is."""

import json
import logging
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from cli.page import links
from tests.unit.aws import INBOX, OUTBOX
from tests.unit.page.served import Browser
from tests.unit.page.stocked import edited
from tests.unit.scripted import PICTURE, picture

ODD = [
    "a b.jpg",
    "a#b?c=d&e.jpg",
    "100%25.jpg",
    "größe/日本語 🙂.jpg",
    'it\'s "odd".jpg',
    "a//b/../c.jpg",
    "+;,@:$.jpg",
]


def _link(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


@pytest.mark.parametrize("key", ODD)
def test_every_key_has_its_pictures(browser: Browser, key: str) -> None:
    edit_id = edited(browser, key)
    text = browser.html()
    assert f"/edits/{edit_id}/after" in text

    before, after = (urlsplit(_link(browser, f"/edits/{edit_id}/{what}")) for what in ("before", "after"))

    assert (before.netloc.partition(".")[0], after.netloc.partition(".")[0]) == (INBOX, OUTBOX)
    assert unquote(before.path) == f"/{key}"
    assert unquote(after.path).startswith(f"/{key.rpartition('.')[0]}-{edit_id[:8]}")


def test_a_link_dies_in_minutes_and_the_browser_forgets_it_before(browser: Browser) -> None:
    edit_id = edited(browser)
    answer = browser.get(f"/edits/{edit_id}/after")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)

    assert int(asked["X-Amz-Expires"][0]) == links.LINK_SECONDS <= 300
    assert answer.headers["cache-control"] == f"private, max-age={links.REMEMBERED_SECONDS}"
    assert links.REMEMBERED_SECONDS < links.LINK_SECONDS
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_link_is_in_no_page_and_no_log(
    browser: Browser, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    edit_id = edited(browser)
    capfd.readouterr()
    with caplog.at_level(logging.INFO):
        link = _link(browser, f"/edits/{edit_id}/after")
        pages = [browser.html(path) for path in ("/", f"/edits/{edit_id}")]
    signature = parse_qs(urlsplit(link).query)["X-Amz-Signature"][0]

    assert signature
    assert all("X-Amz" not in text for text in pages)
    for said in (caplog.text, *capfd.readouterr()):
        assert signature not in said
        assert "X-Amz-Signature" not in said


def test_a_picture_that_was_replaced_is_not_shown_as_the_one_that_wasedited(browser: Browser) -> None:
    edit_id = edited(browser)
    browser.stack.put("photo.jpg", picture(shade=3))

    answer = browser.get(f"/edits/{edit_id}/before")

    assert answer.status_code == 404
    assert "is not in the inbox any more" in answer.text


def test_the_manifest_is_saved_under_its_name(browser: Browser) -> None:
    edit_id = edited(browser, "album/größe.jpg")
    asked = parse_qs(urlsplit(_link(browser, f"/edits/{edit_id}/manifest")).query)
    key = unquote(urlsplit(_link(browser, f"/edits/{edit_id}/manifest")).path)[1:]

    assert json.loads(browser.stack.outbox()[key])["edit_id"] == edit_id
    assert asked["response-content-disposition"][0].startswith("attachment; filename=")


def test_a_refused_drop_has_its_picture_and_its_receipt(browser: Browser) -> None:
    browser.stack.deliver(browser.stack.drop(prompt="x" * 10_001))
    [drop] = browser.stack.records("drop")

    assert urlsplit(_link(browser, f"/drops/{drop['drop_id']}/before")).path == "/photo.jpg"
    receipt = urlsplit(_link(browser, f"/drops/{drop['drop_id']}/receipt")).path
    assert receipt[1:] in browser.stack.outbox()


def test_an_edit_without_a_result_has_none(browser: Browser) -> None:
    browser.stack.put("a.jpg", PICTURE, prompt="x")
    browser.stack.deliver("a.jpg")
    edit_id = browser.stack.edit()["edit_id"]

    for what in ("after", "manifest", "odd"):
        assert browser.get(f"/edits/{edit_id}/{what}").status_code == 404


def test_the_policy_lets_in_pictures_of_these_two_buckets_only(browser: Browser) -> None:
    edit_id = edited(browser)
    policy = browser.get("/").headers["content-security-policy"]
    allowed = next(part for part in policy.split("; ") if part.startswith("img-src")).split(" ")[1:]

    found = {_link(browser, f"/edits/{edit_id}/{what}") for what in ("before", "after")}
    assert {f"{urlsplit(link).scheme}://{urlsplit(link).netloc}" for link in found} == {*allowed} - {
        "'self'",
        "blob:",
    }
    assert not [one for one in allowed if one in {"https:", "http:", "*", "data:"}]


def test_the_script_is_small_and_asks_nobody_else() -> None:
    folder = Path(links.__file__).parent / "assets"
    scripts = [file.read_text() for file in folder.glob("*.js")]

    assert len(scripts) == 2
    assert sum(len(text.encode()) for text in scripts) < 30 * 1024
    for text in (file.read_text() for file in folder.iterdir() if file.suffix in {".js", ".css"}):
        assert "://" not in text
        assert "@import" not in text
