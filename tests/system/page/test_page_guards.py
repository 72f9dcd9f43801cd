"""Any site that its owner visits can send requests to this machine's loopback, and so can any server there."""

from urllib.parse import urlsplit

import httpx
import pytest

from depthdrop_cli.page.guard import CLOSED
from tests.system.page.conftest import Open
from tests.system.page.foreign import foreign
from tests.system.page.upped import Stocked, Upped
from tests.system.page.watched import Watched

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
    """In a browser that was let in, and even if it has learned the path of this run."""
    home = visit(fresh.url).page
    root = home.url
    with foreign(_ATTACK.replace("{url}", root)) as elsewhere:
        seen = Watched(home.context.new_page())
        page = seen.page
        page.goto(elsewhere.url)
        with page.expect_response(lambda one: one.request.method == "POST") as sent:
            page.get_by_role("button", name="send").click()
        body = {"method": "POST", "body": '{"prompt":"x"}', "credentials": "include"}
        answers = [
            page.evaluate(_ASK, [f"{root}drafts", body]),
            page.evaluate(_ASK, [f"{root}drafts", {**body, "mode": "no-cors"}]),
            page.evaluate(_ASK, [f"{root}drafts", {**body, "headers": {"X-Depthdrop-Token": "guessed"}}]),
            page.evaluate(_ASK, [root, {"credentials": "include"}]),
            page.evaluate(_ASK, [f"{root}events", {"credentials": "include"}]),
        ]
        framed = page.evaluate("document.querySelector('iframe').contentDocument === null")
        picture = page.evaluate("document.querySelector('#seen').naturalWidth")

    assert answers[0] == "blocked"
    assert answers[1] in {"blocked", "opaque 0 "}
    assert answers[2:] == ["blocked"] * 3
    assert sent.value.status == 403
    assert framed
    assert picture == 0
    assert fresh.records("drop") == fresh.records("edit") == []
    assert not list((fresh.folder / "build").rglob("draft-*"))


def test_a_server_on_another_port_spends_and_reads_nothing_with_the_cookie(visit: Open, stocked: Stocked) -> None:
    """Browsers send a cookie to every port of a host."""
    home = visit(stocked.url).page
    address = urlsplit(home.url)
    with foreign("<!doctype html>") as elsewhere:
        page = home.context.new_page()
        page.goto(elsewhere.url)
        page.goto(f"{elsewhere.url}drafts")
        assert elsewhere.cookies == []  # nor is it sent without the path of this run

        page.goto(f"{elsewhere.url.rstrip('/')}{address.path}")  # as if the port had been changed by hand
    [cookie] = elsewhere.cookies
    before = stocked.records("edit"), stocked.records("drop")
    with httpx.Client(base_url=f"http://{address.netloc}", headers={"cookie": cookie}) as server:
        edit = f"edits/{stocked.edit['edit_id']}"
        paths = [
            "",
            "events",
            "assets/page.js",
            edit,
            *(f"{edit}/{what}" for what in ("before", "after", "manifest")),
        ]
        starts = ("/", "//", "/x/", f"/{cookie.partition('=')[2]}/", "/open/")
        answers = [server.get(f"{start}{path}") for start in starts for path in paths]
        own = {"origin": f"http://{address.netloc}", "x-depthdrop-token": cookie.partition("=")[2]}
        posts = ("drafts", "drafts/x/files?name=a.jpg", "drafts/x/look", "drafts/x/drop")
        answers += [server.post(f"{start}{path}", headers=own, json={}) for start in starts for path in posts]

    assert cookie.startswith(f"depthdrop-{address.port}=")
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.text for answer in answers} == {f"{CLOSED}\n"}
    assert not [answer for answer in answers if "location" in answer.headers]
    assert (stocked.records("edit"), stocked.records("drop")) == before


def test_the_pages_script_is_small(visit: Open, fresh: Upped) -> None:
    page = visit(fresh.url).page
    scripts = page.evaluate("[...document.scripts].map(one => one.src)")
    sizes = [len(page.request.get(address).body()) for address in scripts]

    assert len(sizes) >= 2
    assert sum(sizes) < 30 * 1024
    assert page.evaluate("[...document.scripts].every(one => one.src && !one.textContent)")
