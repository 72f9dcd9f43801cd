"""Pages of other sites, in the browser that its owner looks at depthdrop with: they read and change nothing.

Browsers differ in what they let a page of the internet send to this machine: Chromium's Local Network Access stops
most of it, others stop nothing. Both are tried, and a page of this machine's own, which no browser stops.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Response, expect

from tests.system.e2e.strangers.place import Place
from tests.system.e2e.strangers.placed import placed
from tests.system.page.conftest import launched
from tests.system.page.foreign import foreign
from tests.system.page.foreign_ways import REBOUND, TRIES, Try
from tests.system.page.watched import until

pytestmark = pytest.mark.sockets

_SCRIPT = (Path(__file__).parent / "foreign.js").read_text()
_ATTACKER = f"<!doctype html><title>a site</title><body><script>{_SCRIPT}</script></body>"
_NAME = "evil.test"
_CHECKS = ("", "WebSockets", "WebTransport", "WebRTC")
_FOR = ("Navigations", "SubframeNavigations", "FencedFrameNavigations", "Workers")
_NO_CHECKS = [f"LocalNetworkAccessChecks{of}" for of in _CHECKS] + [f"LocalNetworkAccessFor{of}" for of in _FOR]
_PLAIN_HTTP = ["HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable"]  # what Playwright asks for besides
_STOPPED, _NOT_STOPPED = "the internet", "the internet, in a browser without checks"
_NEIGHBOUR = "another port of this machine"
# The site's name, and whether Local Network Access is checked.
_SITES = {_STOPPED: (_NAME, True), _NOT_STOPPED: (_NAME, False), _NEIGHBOUR: ("127.0.0.1", False)}
_OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with placed(tmp_path_factory.mktemp("place")) as made:
        yield made


@dataclass
class Attacker:
    """A tab of the owner's browser that shows the other site, and the result of each of its requests."""

    place: Place
    page: Page
    answers: list[Response] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)

    def watch(self) -> None:
        """What the site's tab asks for; a window that it opens is its owner's."""
        self.page.on("request", lambda _: self.open.update(["begun"]))
        self.page.on("requestfinished", lambda _: self.open.update(["ended"]))
        self.page.on("requestfailed", lambda _: self.open.update(["ended"]))
        self.page.on("response", lambda answer: self.answers.extend([answer]))

    def url(self, one: Try) -> str:
        names = {**self.place.names, "port": str(self.place.ports[one.port])}
        scheme = "https" if one.port == "sns" else "http"
        return f"{scheme}://{one.host}:{self.place.ports[one.port]}{Template(one.path).substitute(names)}"

    def tries(self, one: Try) -> dict[str, Any]:
        options = json.loads(Template(json.dumps(one.options)).safe_substitute(self.place.names))
        found: dict[str, Any] = self.page.evaluate("attempt", [one.way, self.url(one), options])
        return found

    def settle(self) -> None:
        """Nothing that was sent is without an answer."""
        for _ in range(4800):
            if self.open["begun"] == self.open["ended"]:
                return
            self.page.wait_for_timeout(50)

    def given(self) -> list[str]:
        """Answers that refused nothing, but for pictures by a link of theirs."""
        pictures = {urlsplit(self.place.names[name]).path for name in ("link", "sample")}
        ours = {f":{number}/" for number in self.place.ports.values()}
        return [
            f"{one.status} {one.request.method} {one.url}"
            for one in self.answers
            if any(port in one.url for port in ours)
            and one.status < 400
            and not (one.request.method == "GET" and urlsplit(one.url).path in pictures)
            and not one.headers.get("location", "").startswith(f"http://127.0.0.1:{self.place.ports['page']}/")
        ]


@contextmanager
def attacker(playwright: Playwright, place: Place, where: str) -> Iterator[Attacker]:
    """The owner looks at the page first, in the same browser."""
    origin, checks = _SITES[where]
    with foreign(_ATTACKER) as server:
        port = urlsplit(server.url).port
        site = f"http://{origin}:{port}/"
        disabled = _PLAIN_HTTP if checks else [*_PLAIN_HTTP, *_NO_CHECKS]
        arguments = [f"--host-resolver-rules=MAP {_NAME} 127.0.0.1", f"--disable-features={','.join(disabled)}"]
        if origin == _NAME:
            arguments.append(f"--ip-address-space-overrides=127.0.0.1:{port}=public")
        with launched(playwright, *arguments) as browser:
            context = browser.new_context()
            _looks(context, place)
            page = context.new_page()
            made = Attacker(place, page)
            made.watch()
            page.goto(site)
            yield made


def _looks(context: BrowserContext, place: Place) -> None:
    """The owner's page shows its pictures, by links to the emulator's port."""
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{place.ports['page']}{place.names['page_open']}")
    expect(page.locator(".card")).to_have_count(1)
    until(page, "[...document.querySelectorAll('.card img')].some(one => one.complete && one.naturalWidth > 0)")
    page.close()


@pytest.mark.parametrize("where", _SITES)
def test_a_page_of_another_site_reads_and_changes_nothing(
    playwright: Playwright, place: Place, where: str, record_property: Callable[[str, object], None]
) -> None:
    with attacker(playwright, place, where) as site:
        found = {one.title: site.tries(one) for one in TRIES}
        site.settle()
        given = site.given()
        answered = len(site.answers)
    pictures = {one.title for one in TRIES if one.is_picture}
    read = {title: one for title, one in found.items() if one["bytes"] or one["timed"]}
    shown = {title for title, one in found.items() if one["seen"]} - pictures
    changes = place.changes()
    record_property("page_requests", len(found))
    record_property("page_read", len(read.keys() | shown) + len(given))
    record_property("page_changes", len(changes))

    assert read == {}
    assert shown == set()
    assert given == [], "\n".join(given)
    assert changes == []
    assert [title for title, one in found.items() if one.get("late")] == []
    assert len(found) >= 40
    assert answered >= 40 or where == _STOPPED


def test_a_name_that_was_pointed_at_this_machine_reads_and_changes_nothing(
    playwright: Playwright, place: Place, record_property: Callable[[str, object], None]
) -> None:
    with attacker(playwright, place, _NOT_STOPPED) as site:
        found: dict[str, dict[str, Any]] = {}
        for port in dict.fromkeys(one.port for one in REBOUND):
            start = f"http://{_NAME}:{place.ports[port]}/start"  # served before its name was pointed elsewhere
            site.page.route(start, lambda route: route.fulfill(body=_ATTACKER, content_type="text/html"))
            site.page.goto(start)
            site.page.unroute(start)
            site.answers.clear()
            found |= {one.title: site.tries(one) for one in REBOUND if one.port == port}
            site.settle()
            assert site.given() == []
    read = {title: one for title, one in found.items() if one["bytes"] and not title.startswith("iframe ")}
    refusals = "".join(f"{one.get('refusal')}{one['bytes']}" for one in found.values())
    changes = place.changes()
    record_property("page_requests", len(found))
    record_property("page_read", len(read))
    record_property("page_changes", len(changes))

    assert read == {}
    assert [title for title, one in found.items() if one["seen"]] == []
    assert [name for name, secret in place.secrets.items() if secret in refusals] == []
    assert len([one for one in found.values() if one.get("status", 0) >= 400]) >= 20
    assert changes == []


@pytest.mark.parametrize(("where", "text"), [(_STOPPED, ""), (_NOT_STOPPED, "open to everybody")])
def test_such_a_page_can_read_what_is_open_unless_its_browser_stops_it(
    playwright: Playwright, place: Place, where: str, text: str
) -> None:
    """Else none of the above would mean anything."""
    with (
        foreign("open to everybody", _OPEN_TO_ALL) as elsewhere,
        attacker(playwright, place, where) as site,
    ):
        read = site.page.evaluate("attempt", ["fetch", elsewhere.url, {}])["bytes"]
        worker = site.page.evaluate("attempt", ["worker", elsewhere.url, {}])["bytes"]

    assert [read, worker] == [text, text]


def test_our_own_page_on_another_origin_shows_a_link_and_cannot_read_it(
    playwright: Playwright, place: Place
) -> None:
    link = Try("img", "emulator", "$link", is_picture=True)
    with attacker(playwright, place, _NEIGHBOUR) as site:
        found = site.tries(link)
        width = site.page.evaluate("document.querySelector('img').naturalWidth")

    assert found["seen"]
    assert found["bytes"] == ""
    assert width > 0
