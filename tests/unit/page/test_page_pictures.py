"""Pictures come from the stack's buckets by short links: in no page and no log, whatever the key is."""

import io
import json
import logging
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PIL import Image

from depthdrop_cli.page import links
from tests.support.aws import INBOX, OUTBOX
from tests.support.scripted import PICTURE, picture, refused
from tests.unit.page.served import Browser
from tests.unit.page.stocked import edited

ODD = [
    "a b.jpg",
    "a#b?c=d&e.jpg",
    "100%25.jpg",
    "größe/日本語 🙂.jpg",
    'it\'s "odd".jpg',
    "a//b/../c.jpg",
    "+;,@:$.jpg",
]


HTML = b"<!doctype html><script>alert(1)</script>"


def _link(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def _served_as(link: str) -> tuple[str, str]:
    """The type that S3 answers with, and how: its own word is not asked for."""
    asked = parse_qs(urlsplit(link).query)
    return asked["response-content-type"][0], asked["response-content-disposition"][0].partition(";")[0]


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
    assert answer.headers["cache-control"] == f"private, max-age={links.CACHED_SECONDS}"
    assert links.CACHED_SECONDS < links.LINK_SECONDS
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
    for sentence in (caplog.text, *capfd.readouterr()):
        assert signature not in sentence
        assert "X-Amz-Signature" not in sentence


def test_a_picture_that_was_replaced_is_not_shown_as_the_edited_one(browser: Browser) -> None:
    edit_id = edited(browser)
    browser.stack.put("photo.jpg", picture(shade=3))

    answer = browser.get(f"/edits/{edit_id}/before")

    assert answer.status_code == 404
    assert "is not in the inbox any more" in answer.text


def test_the_manifest_is_saved_under_its_name(browser: Browser) -> None:
    edit_id = edited(browser, "album/größe.jpg")
    link = _link(browser, f"/edits/{edit_id}/manifest")
    asked = parse_qs(urlsplit(link).query)
    key = unquote(urlsplit(link).path)[1:]

    assert json.loads(browser.stack.outbox()[key])["edit_id"] == edit_id
    assert asked["response-content-disposition"][0].startswith("attachment; filename=")
    assert _served_as(link) == ("application/json", "attachment")


@pytest.mark.parametrize(
    ("key", "form", "content_type"),
    [("a.jpg", "JPEG", "image/jpeg"), ("b.JPEG", "JPEG", "image/jpeg"), ("c.png", "PNG", "image/png")],
)
def test_a_picture_is_served_with_the_type_that_was_checked(
    browser: Browser, key: str, form: str, content_type: str
) -> None:
    content = io.BytesIO()
    Image.new("RGB", (320, 256)).save(content, form)
    browser.stack.put(key, content.getvalue(), prompt="x")
    browser.stack.deliver(key)
    [drop] = browser.stack.records("drop")
    edit_id = drop["edit_id"]
    result = {"bucket": OUTBOX, "key": f"{key}-0123abcd.webp", "content_type": "image/webp"}

    assert _served_as(_link(browser, f"/edits/{edit_id}/before")) == (content_type, "inline")
    assert _served_as(_link(browser, f"/drops/{drop['drop_id']}/before")) == (content_type, "inline")
    assert _served_as(links.after(result)) == ("image/webp", "inline")


@pytest.mark.parametrize("key", ["a.jpg", "a.heic"])
def test_an_unchecked_file_is_served_as_a_download(browser: Browser, key: str) -> None:
    browser.stack.put(key, HTML)
    browser.stack.put(f"{key}.txt", b"a watercolour")
    browser.stack.deliver(key)
    [drop] = browser.stack.records("drop")

    assert "refusal" in drop
    assert _served_as(_link(browser, f"/drops/{drop['drop_id']}/before")) == (
        "application/octet-stream",
        "attachment",
    )
    assert _served_as(_link(browser, f"/drops/{drop['drop_id']}/receipt")) == ("application/json", "attachment")


def test_a_picture_that_was_refused_after_it_was_checked_is_shown_as_one(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(422))
    browser.stack.deliver(browser.stack.drop())
    [drop] = browser.stack.records("drop")

    assert "refusal" in drop
    assert _served_as(_link(browser, f"/drops/{drop['drop_id']}/before")) == ("image/jpeg", "inline")


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


def test_the_script_is_small_and_calls_no_other_host() -> None:
    folder = Path(links.__file__).parent / "assets"
    scripts = [file.read_text() for file in folder.glob("*.js")]

    assert len(scripts) == 2
    assert sum(len(text.encode()) for text in scripts) < 30 * 1024
    for text in (file.read_text() for file in folder.iterdir() if file.suffix in {".js", ".css"}):
        assert "://" not in text
        assert "@import" not in text
