"""Any site that the owner of this machine visits can send requests to loopback: none of them may spend money."""

import pytest

from tests.page.conftest import Open
from tests.page.foreign import foreign
from tests.page.upped import Upped

pytestmark = pytest.mark.sockets

_ATTACK = """<!doctype html><title>attack</title>
<form method="post" enctype="multipart/form-data" target="frame" action="{url}drafts">
  <input name="prompt" value="x"><button>send</button>
</form>
<iframe name="frame"></iframe>
<img id="seen" src="{url}assets/icon.svg" alt="">
"""
_ASK = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return `${answer.type} ${answer.status} ${await answer.text()}`;
    } catch (error) {
        return "blocked";
    }
}"""


def test_a_page_on_another_origin_can_neither_drop_nor_read(visit: Open, fresh: Upped) -> None:
    with foreign(_ATTACK.replace("{url}", fresh.url)) as elsewhere:
        seen = visit(elsewhere)
        page = seen.page
        with page.expect_response(lambda one: one.request.method == "POST") as sent:
            page.get_by_role("button", name="send").click()
        body = {"method": "POST", "body": '{"prompt":"x"}'}
        answers = [
            page.evaluate(_ASK, [f"{fresh.url}drafts", body]),
            page.evaluate(_ASK, [f"{fresh.url}drafts", {**body, "mode": "no-cors"}]),
            page.evaluate(_ASK, [f"{fresh.url}drafts", {**body, "headers": {"X-Depthdrop-Token": "guessed"}}]),
            page.evaluate(_ASK, [fresh.url, {}]),
            page.evaluate(_ASK, [f"{fresh.url}events", {}]),
        ]
        framed = page.evaluate("document.querySelector('iframe').contentDocument === null")
        picture = page.evaluate("document.querySelector('#seen').naturalWidth")
        seen.complaints.clear()  # the browser tells of each refusal

    assert answers[0] == "blocked"
    assert answers[1] in {"blocked", "opaque 0 "}
    assert answers[2:] == ["blocked"] * 3
    assert sent.value.status == 403
    assert framed
    assert picture == 0
    assert fresh.records("drop") == fresh.records("edit") == []
    assert not list((fresh.folder / "build").rglob("draft-*"))


def test_the_pages_script_is_small(visit: Open, fresh: Upped) -> None:
    page = visit(fresh.url).page
    scripts = page.evaluate("[...document.scripts].map(one => one.src)")
    sizes = [len(page.request.get(address).body()) for address in scripts]

    assert len(sizes) >= 2
    assert sum(sizes) < 30 * 1024
    assert page.evaluate("[...document.scripts].every(one => one.src && !one.textContent)")
