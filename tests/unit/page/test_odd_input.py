"""Invalid requests get a sentence about the error, and never a server error."""

import json
from urllib.parse import quote

import pytest

from depthdrop_cli.page.push import VIEWERS_MAX
from tests.support.scripted import PICTURE
from tests.unit.page.served import Browser
from tests.unit.page.stocked import edited

DEEP = [b"[" * 100_000, b'{"a":' * 20_000, b'{"prompt":' + b"[" * 5_000 + b"]" * 5_000 + b"}"]
SURROGATE = "\ud800"
ODD = [
    *("\0", "é", "٣٣", "²", "\u202e", "a\r\nX: y", "%", "..", "/", "//", "\\", "#", "?", "'\"<", "{{7*7}}"),
    *("x" * 300, "x" * 3_000, "a/" * 400, "9" * 5_000, "9" * 12 + ".e", "٣.x", "1." + "x" * 1_300, "🙂" * 100),
    *("a" * 199 + "🙂.jpg", "x." + "y" * 300, "ﷺ" * 60 + ".jpg", "\u0301" * 100 + ".jpg", "e\u0301.jpg", "con.jpg"),
]
SIDECARS = [
    *(b"[" * 50_000, b'{"prompt":' * 20_000, b"- " * 20_000, b"prompt: \xff", b"\xff\xfe\x00\xd8", b"\0" * 100),
    *(b'{"prompt":"\\ud800"}', b'prompt: "\\ud800"', b'{"prompt":"x","metadata":{"a":"\\ud800"}}'),
    *(b'{"prompt":"x","depth_map":"\\ud800.jpg"}', b'{"\\ud800": 1}', b'prompt: x\ndepth_map: "\\0.jpg"'),
    *(b'{"seed": ' + b"9" * 6_000 + b"}", b'{"prompt":"x","seed": NaN}', b"prompt: x\nseed: 0x" + b"f" * 5_000),
    *(b"&a [*a]", b"prompt: !!python/object:os.system x", b"? [a]: b", b"prompt: .inf"),
]


@pytest.mark.parametrize("body", DEEP, ids=["a list", "an object", "a value"])
@pytest.mark.parametrize("what", ["look", "drop"])
def test_json_that_is_too_deep_is_an_error(browser: Browser, what: str, body: bytes) -> None:
    answer = browser.post(f"/drafts/{browser.draft({'a.jpg': PICTURE})}/{what}", body)

    assert (answer.status_code, answer.json()["error"]) == (400, "The request was not understood.")


@pytest.mark.parametrize("name", ["prompt", "folder", "plan"])
@pytest.mark.parametrize("what", ["look", "drop"])
def test_an_unpaired_surrogate_is_an_error(browser: Browser, what: str, name: str) -> None:
    body = json.dumps({name: f"a{SURROGATE}b", SURROGATE: SURROGATE}).encode()
    answer = browser.post(f"/drafts/{browser.draft({'a.jpg': PICTURE})}/{what}", body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"The {name} contains an unpaired surrogate")


def test_an_unpaired_surrogate_in_an_unused_field_is_accepted(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    body = json.dumps({SURROGATE: SURROGATE, "prompt": "x"}).encode()

    assert browser.post(f"/drafts/{draft}/look", body).status_code == 200


@pytest.mark.parametrize(
    ("plan", "status", "expected"),
    [
        ("é", 400, "not from this page"),
        ("٣" * 64, 400, "not from this page"),
        ("\0", 409, "since"),
        ("x" * 100_000, 409, "since"),
    ],
)
def test_a_plan_that_was_not_shown_drops_nothing(browser: Browser, plan: str, status: int, expected: str) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    browser.look(draft, prompt="x")
    answer = browser.drop(draft, plan)

    assert answer.status_code == status
    assert expected in answer.json()["error"]


@pytest.mark.parametrize("odd", ["%ED%A0%80", "%ff", "%C3", "a%ED%BF%BFb"])
def test_an_unpaired_surrogate_in_an_address_is_not_a_server_error(browser: Browser, odd: str) -> None:
    draft = browser.draft({})
    asked = (f"/?folder={odd}", f"/?status={odd}", f"/?before={odd}", f"/?before=1.{odd}", f"/edits/{odd}")
    answers = [browser.get(path) for path in (*asked, f"/drops/{odd}/before", f"/assets/{odd}")]
    answers += [browser.post(f"/drafts/{odd}/{what}", {}) for what in ("look", "drop")]
    answers += [
        browser.post(f"/drafts/{odd}/files?name=a.jpg"),
        browser.post(f"/drafts/{draft}/files?name={odd}"),
    ]

    assert {answer.status_code for answer in answers} <= {200, 201, 400, 404}


def test_no_address_is_a_fault_of_the_server(browser: Browser) -> None:
    edit_id = edited(browser)
    for odd in (quote(one, safe="") for one in ODD):
        for path in (
            *(f"/?{name}={odd}" for name in ("status", "folder", "before", odd[:100])),
            *(f"/edits/{odd}", f"/edits/{edit_id}/{odd}", f"/drops/{odd}", f"/drops/{odd}/before", f"/{odd}"),
            f"/assets/{odd}",
        ):
            assert browser.get(path).status_code in {200, 307, 400, 403, 404}, path


def test_no_mark_is_a_fault_of_the_server(browser: Browser) -> None:
    epoch = browser.app.live.mark.partition("-")[0]
    for odd in (*ODD, SURROGATE, "-1", "1e9", ""):
        for since in (odd, f"{epoch}-{odd}"):
            assert [kept.name for kept in browser.app.live.missed(since)] in (["stale"], [])


def test_no_name_prompt_or_folder_is_a_fault_of_the_server(browser: Browser) -> None:
    for odd in ODD:
        draft = browser.draft({"a.jpg": PICTURE})
        answers = [
            browser.post(f"/drafts/{draft}/files?name={quote(odd, safe='')}", PICTURE),
            browser.post(f"/drafts/{draft}/look", {"prompt": odd}),
            browser.post(f"/drafts/{draft}/look", {"prompt": "x", "folder": odd}),
        ]

        assert {answer.status_code for answer in answers} <= {200, 201, 400}, odd
        if answers[2].status_code == 200:
            assert browser.drop(draft, answers[2].json()["plan"]).status_code in {200, 400}


@pytest.mark.parametrize("suffix", ["txt", "json", "yaml"])
def test_no_sidecar_is_a_fault_of_the_server(browser: Browser, suffix: str) -> None:
    for content in SIDECARS:
        for name in (f"a.{suffix}", f"_preset.{suffix}"):
            draft = browser.draft({"a.jpg": PICTURE, name: content})

            assert browser.post(f"/drafts/{draft}/look", {}).status_code in {200, 400}, content[:40]


def test_a_length_of_thousands_of_digits_is_too_large(browser: Browser) -> None:
    draft = browser.draft({})
    answer = browser.post(f"/drafts/{draft}/files?name=a.jpg", b"", {"content-length": "9" * 5_000})

    assert answer.status_code == 413


def test_one_page_too_many_gets_a_sentence(browser: Browser) -> None:
    """A route that let it in would wait here for news, without an end."""
    for _ in range(VIEWERS_MAX):
        browser.app.live.join()
    answer = browser.get("/events")

    assert answer.status_code == 503
    assert "Too many pages are open; close one." in answer.text
