"""The report is one file: it makes no request, and runs nothing from a name or a prompt."""

import base64
import hashlib
import re

import pytest

from tests.unit.page.report_elements import Page, edited, read

HOSTILE = [
    "</style><script>alert(1)</script>.jpg",
    "\"><img src=x onerror='alert(1)'>.jpg",
    "' onmouseover=alert(1) x='.jpg",
    "<!--.jpg",
    "]]>\x00.jpg",
    "{{ 7*7 }}{% raw %}.jpg",
    "javascript:alert(1)//.jpg",
    "//evil.example/x.jpg",
    "&lt;b&gt;&amp;.jpg",
]
_ASKS = {"link", "iframe", "frame", "object", "embed", "video", "audio", "source", "base", "form", "svg"}


def test_nothing_is_asked_of_anybody() -> None:
    page = read([edited(), edited()])

    assert _ASKS & set(page.tags) == set()
    assert {name for _, attributes in page.elements for name in attributes} & {"srcset", "action", "ping"} == set()
    assert all(image["src"].startswith("data:image/webp;base64,") for image in page.all("img"))
    assert all(set(script) == set() for script in page.all("script"))
    assert all(link["href"].startswith("./") for link in page.all("a"))
    for text in (page.text("style"), page.text("script"), page.words()):
        assert re.search(r"https?:|file:|url\(|@import|//[a-z]", text.replace("// ", ""), re.IGNORECASE) is None


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    page = read([edited()])
    [policy] = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))

    assert parts == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": _hash(page.text("style")),
        "script-src": _hash(page.text("script")),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.tags.index("meta") < page.tags.index("style")


def test_no_element_brings_style_or_script_of_its_own() -> None:
    names = {name for _, attributes in read([edited()]).elements for name in attributes}

    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_or_prompt_is_text(hostile: str) -> None:
    page = read([edited(key=hostile, prompt=hostile, result=hostile)])
    tame = read([edited()])

    assert page.tags == tame.tags
    assert _names(page) == _names(tame)
    assert hostile.replace("\x00", "�") in page.text("h2").replace("\x00", "�")
    assert hostile.replace("\x00", "�") in page.text("blockquote").replace("\x00", "�")
    assert all(re.match(r"\./[^:]*$", link["href"]) for link in page.all("a"))
    assert page.text("script") == tame.text("script")


def _names(page: Page) -> list[list[str]]:
    return [sorted(attributes) for _, attributes in page.elements]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
