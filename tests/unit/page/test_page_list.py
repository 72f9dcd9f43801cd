"""The list: the latest first, a page at a time, filtered, with the totals; every name is escaped."""

import html
import json
import re

import pytest

from depthdrop_cli.page import list_page
from depthdrop_cli.page.totals import count
from depthdrop_cli.page.views import is_simulated
from tests.support.scripted import NOW, refused
from tests.system.page.stock import troubles
from tests.unit.page.report_elements import Page
from tests.unit.page.served import Browser
from tests.unit.page.stocked import edited, stock, write

HOSTILE = "\"><img src=x onerror=alert(1)>' {{ 7*7 }} #?%20 ü.jpg"
PROMPT = "</textarea></script><script>alert(2)</script>"


def _cards(text: str) -> list[str]:
    return re.findall(r'<li class="card" id="([^"]+)"', text)


def _page(text: str) -> Page:
    page = Page()
    page.feed(text)
    return page


def test_a_finished_edit_is_a_picture_with_its_name_prompt_time_and_price(browser: Browser) -> None:
    edit_id = edited(browser, "album/photo.jpg")
    text = browser.html()

    [image] = _page(text).all("img")
    assert image["src"] == f"/edits/{edit_id}/after"
    assert (image["loading"], image["width"], image["height"]) == ("lazy", "320", "256")
    for word in ("photo.jpg", "album", "a watercolour", "Edited", "$0.06"):
        assert word in text


def test_a_hostile_name_and_prompt_are_text(browser: Browser) -> None:
    edit_id = edited(browser, f"<b>/{HOSTILE}", PROMPT)
    for path in ("/", f"/edits/{edit_id}", "/?folder=%3Cb%3E"):
        page = _page(browser.html(path))

        assert "b" not in page.tags
        assert page.tags.count("img") == (2 if path.startswith("/edits") else 1)
        assert len(page.all("script")) == 2
        assert all(set(one) == {"src", "defer"} for one in page.all("script"))
        assert not [
            name for _, names in page.elements for name in names if name.startswith("on") or name == "style"
        ]
        assert HOSTILE in page.words()
        assert PROMPT in page.words()


@pytest.mark.parametrize("name", ["folder", "status", "before"])
def test_a_filter_from_the_address_is_escaped(browser: Browser, name: str) -> None:
    text = browser.ask("GET", "/", params={name: '"><script>alert(1)</script>'}).text

    assert "<script>" not in text


def test_pages_hold_every_edit_once_the_latest_first(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_page.list_page, "__defaults__", (10, 1200))
    stock(browser, 34)
    seen: list[str] = []
    path: str | None = "/"
    pages = 0
    while path is not None:
        text = browser.html(path)
        assert len(_cards(text)) <= 10
        seen += _cards(text)
        pages += 1
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = html.unescape(older[1]) if older else None

    made = {f"d-{edit['drop_id']}": int(edit["created_at"]) for edit in browser.stack.records("edit")}
    assert (len(seen), pages) == (35, 4)
    assert set(seen) == set(made)
    assert [made[name] for name in seen] == sorted(made.values(), reverse=True)


def test_a_filter_without_matches_is_stated(browser: Browser) -> None:
    edited(browser)

    assert "Nothing here matches." in browser.html("/?folder=none")


def test_a_page_that_ended_before_a_match_points_to_older_ones(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_page.list_page, "__defaults__", (3, 20))
    stock(browser, 40)
    text = browser.html("/?folder=none")

    assert "None among the latest; see older ones." in text
    assert 'rel="next"' in text


@pytest.mark.parametrize("group", ["failed", "ambiguous", "refused", "unpaired", "succeeded"])
def test_the_filter_keeps_only_its_group(browser: Browser, group: str) -> None:
    edited(browser)
    [drop], [edit] = browser.stack.records("drop"), browser.stack.records("edit")
    write(browser, troubles(drop, edit))
    text = browser.html(f"/?status={group}")

    assert re.findall(r'data-group="([^"]+)"', text) == [group]
    assert re.findall(r'aria-current="page">([^<]+)<', text) != ["All"]


def test_unfinished_cards_are_parked_drops_and_waiting_files(browser: Browser) -> None:
    edited(browser)
    [drop], [edit] = browser.stack.records("drop"), browser.stack.records("edit")
    write(browser, troubles(drop, edit))

    assert set(re.findall(r'data-state="([^"]+)"', browser.html("/?status=working"))) == {"parked", "waiting"}


def test_each_error_is_shown_with_its_hint(browser: Browser) -> None:
    edited(browser)
    [drop], [edit] = browser.stack.records("drop"), browser.stack.records("edit")
    write(browser, troubles(drop, edit))
    words = _page(browser.html()).words()

    for sentence in (
        "Moderation stopped the edited picture. Look at the bill, then drop it again.",
        "The answer to the paid request was lost. Look at the bill, then drop it again.",
        "temple.yaml gives step. Did you mean 'steps'?",
        "The balance is empty. It continues by itself",
        "Its counterpart did not arrive, and nothing was charged. Drop the counterpart",
        "It is unpaired",
    ):
        assert sentence in words
    assert "$0.06, perhaps" in words


def test_a_drop_that_submit_parked_is_shown_with_its_reason(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    browser.stack.deliver(browser.stack.drop())
    text = browser.html()

    assert len(_cards(text)) == 1
    assert "Parked" in text
    assert "It continues by itself" in text


@pytest.mark.parametrize("folder", ["a b", "ü#?%20", 'it\'s "odd"', "deep/er"])
def test_a_folder_is_chosen_whatever_its_letters(browser: Browser, folder: str) -> None:
    edited(browser, f"{folder}/one.jpg")
    edited(browser, "two.jpg", "another", NOW - 30)
    browser.counted()
    page = _page(browser.html())
    assert folder in [option["value"] for option in page.all("option")]

    answer = browser.ask("GET", "/", params={"folder": f"/{folder}/"})

    assert re.findall(r"(\w+)\.jpg</a>", answer.text) == ["one"]
    events = next(one["data-events"] for one in _page(answer.text).all("ol") if "data-events" in one)
    assert browser.ask("GET", events.replace("/events", "/")).status_code == 200


def test_the_totals_show_edits_dollars_and_waste(browser: Browser) -> None:
    edited(browser)
    [drop], [edit] = browser.stack.records("drop"), browser.stack.records("edit")
    write(browser, troubles(drop, edit))
    ledger = count(browser.app.stack)
    strip = browser.counted()

    assert (ledger.edits, str(ledger.charged), str(ledger.unknown), str(ledger.waste)) == (
        3,
        "0.12",
        "0.06",
        "0.12",
    )
    assert re.findall(r"\$[\d.]+", strip) == ["$0.12", "$0.06", "$0.12"]


def test_the_strip_counts_all_and_not_only_this_page_or_this_filter(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_page.list_page, "__defaults__", (5, 1200))
    stock(browser, 9)
    assert "<dd>…</dd>" in browser.html()
    browser.counted()

    for path in ("/", "/?status=refused", "/?folder=none"):
        assert "<dd>$0.60</dd>" in browser.html(path)


def test_edits_of_a_version_without_a_list_are_counted_and_named(browser: Browser) -> None:
    stock(browser, 2)
    assert "Not listed" not in browser.counted()
    for edit in browser.stack.records("edit")[:2]:
        browser.stack.table.update(edit["pk"], {}, "attribute_exists(pk)", remove=("listed",))

    assert re.search(r"Not listed here\s+2 ", browser.counted())


@pytest.mark.parametrize(
    ("upstream", "simulated"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("https://api.cometapi.com", False),
        ("https://127.0.0.1.example", False),
        ("https://10.0.0.1", False),
    ],
)
def test_an_upstream_on_this_machine_is_simulated(upstream: str, simulated: bool) -> None:  # noqa: FBT001  # a case
    assert is_simulated(upstream) is simulated


def test_the_badge_is_there_only_when_it_is_simulated(browser: Browser) -> None:
    assert "Simulated" not in browser.html()  # this stack's upstream is the real one


def test_every_address_in_the_page_begins_with_the_runs_own_path(browser: Browser) -> None:
    edit_id = edited(browser)
    [drop], [edit] = browser.stack.records("drop"), browser.stack.records("edit")
    write(browser, troubles(drop, edit))
    for path in ("/", "/?status=failed", f"/edits/{edit_id}", "/edits/none"):
        page = _page(browser.get(path).text)
        named = [
            value
            for _, attributes in page.elements
            for name, value in attributes.items()
            if name in {"href", "src", "action", "data-events", "data-drop"} and not value.startswith("#")
        ]

        assert len(named) > 5
        assert [value for value in named if not value.startswith(f"{browser.root}/")] == []


@pytest.mark.parametrize(
    "path", ["/?status=odd", "/?before=odd", "/?before=1.", "/?before=x.y", "/?before=1234567890123.e"]
)
def test_an_unknown_address_is_an_error(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 400
    assert "Error" in answer.text


def test_a_missing_edit_or_drop_is_an_error(browser: Browser) -> None:
    for path in ("/edits/none", "/drops/none", "/edits/none/after", "/edits/..%2f..", "/drops/none/receipt"):
        assert browser.get(path).status_code == 404


def test_the_detail_page_shows_everything_known_about_an_edit(browser: Browser) -> None:
    edit_id = edited(browser, "album/photo.jpg")
    page = _page(browser.html(f"/edits/{edit_id}"))
    words = page.words()

    for word in ("photo.jpg", "Edited", "a watercolour", "flux-pro-1.0-depth", "$0.06", "320 \u00d7 256", "album"):
        assert word in words
    assert re.search(r"Seed\s*7\b", words)
    assert re.search(r"Time\s*[\d.]+ s", words)
    assert "the paid request went out" in words
    [figure] = page.all("figure")
    assert "data-compare" in figure
    assert {f"/edits/{edit_id}/{what}" for what in ("after", "before", "manifest")} <= {
        link["href"] for link in page.all("a")
    }


def test_a_refused_drop_leads_to_its_receipt(browser: Browser) -> None:
    browser.stack.deliver(browser.stack.drop(prompt="x" * 10_001))
    [drop] = browser.stack.records("drop")
    page = _page(browser.html(f"/drops/{drop['drop_id']}"))

    assert json.loads(drop["refusal"])["message"] in page.words()
    assert f"/drops/{drop['drop_id']}/receipt" in {link["href"] for link in page.all("a")}


def test_an_abandoned_edit_redirects_to_its_drop(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(422))
    browser.stack.deliver(browser.stack.drop())
    [edit], [drop] = browser.stack.records("edit"), browser.stack.records("drop")
    led = browser.get(f"/edits/{edit['edit_id']}")
    assert led.headers["location"] == f"{browser.root}/drops/{drop['drop_id']}"

    other = {**drop, "pk": "drop#other", "drop_id": "other"}
    write(browser, [{name: value for name, value in other.items() if name != "refusal"}])
    assert "Checked" in browser.html("/drops/other")  # and not to the outcome of another drop


def test_a_drop_that_has_become_an_edit_leads_there(browser: Browser) -> None:
    edit_id = edited(browser)
    [drop] = browser.stack.records("drop")

    led = browser.get(f"/drops/{drop['drop_id']}")
    assert led.headers["location"] == f"{browser.root}/edits/{edit_id}"
