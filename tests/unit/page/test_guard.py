"""Who may ask: the page itself, on its own address. No other site reads it, and none makes it spend."""

import asyncio
from typing import Any

import pytest

from depthdrop_cli.page.guard import Access, Guard
from tests.unit.page.served import HOST, ORIGIN, PORT, Browser

ACCESS = Access(PORT, "s3cr3t")
COOKIE = ACCESS.grant().headers["set-cookie"].partition(";")[0]
GET = {"host": HOST, "cookie": COOKIE}
GOOD = {**GET, "origin": ORIGIN, "x-depthdrop-token": ACCESS.token}


class Asked:
    """One request through the guard: what it answered, whether it went on, whether its body was read."""

    def __init__(
        self, method: str, headers: dict[str, str] | list[tuple[str, str]], path: str = f"{ACCESS.root}/"
    ) -> None:
        self.went_on = self.was_read = False
        self.sent: list[dict[str, Any]] = []
        pairs = headers if isinstance(headers, list) else list(headers.items())
        asked_path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": asked_path,
            "raw_path": asked_path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in pairs],
        }
        asyncio.run(Guard(self._app, ACCESS)(scope, self._receive, self._send))

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    async def _app(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.went_on = True
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def _receive(self) -> dict[str, Any]:
        self.was_read = True
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


def test_the_page_itself_may_post() -> None:
    assert Asked("POST", GOOD).went_on
    assert Asked("POST", {**GOOD, "sec-fetch-site": "same-origin"}).went_on


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"http://{HOST}.evil.example"},
        {"origin": f"https://{HOST}"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"x-depthdrop-token": "guessed"},
        {"x-depthdrop-token": ""},
    ],
    ids=str,
)
def test_a_post_from_elsewhere_is_refused_before_its_body_is_read(changes: dict[str, str]) -> None:
    asked = Asked("POST", GOOD | changes)

    assert (asked.status, asked.went_on, asked.was_read) == (403, False, False)
    assert asked.headers["connection"] == "close"


@pytest.mark.parametrize("missing", ["origin", "x-depthdrop-token"])
def test_a_post_that_does_not_say_where_it_comes_from_is_refused(missing: str) -> None:
    asked = Asked("POST", {name: value for name, value in GOOD.items() if name != missing})

    assert (asked.status, asked.went_on, asked.was_read) == (403, False, False)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8899", "127.0.0.1", "127.0.0.1:80", "", "localhost", "[::1]:8899"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_was_bent_to_loopback_is_refused(method: str, host: str) -> None:
    asked = Asked(method, GOOD | {"host": host, "origin": f"http://{host}"})

    assert (asked.status, asked.went_on) == (421, False)


def test_two_hosts_are_no_host() -> None:
    assert Asked("GET", [*GET.items(), ("host", "evil.example")]).status == 421
    assert Asked("GET", []).status == 421


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_but_looking_and_posting_is_known(method: str) -> None:
    assert Asked(method, GOOD).status == 405


@pytest.mark.parametrize(
    ("headers", "goes_on"),
    [
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, False),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, True),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, True),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, True),
        ({}, True),
    ],
    ids=str,
)
def test_another_site_may_lead_here_but_neither_embed_nor_read(headers: dict[str, str], goes_on: bool) -> None:  # noqa: FBT001  # a case
    asked = Asked("GET", GET | headers)

    assert asked.went_on is goes_on
    assert goes_on or asked.status == 403


NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize("fetched", [{}, NAVIGATION], ids=["an old browser", "a browser"])
@pytest.mark.parametrize("path", ["/open/x", "/a/b%2f..%c3%bc?c=d&e=%20", "//evil.example/", "/?x=http://a.b/#c"])
def test_who_comes_by_the_name_localhost_is_led_to_the_own_name(fetched: dict[str, str], path: str) -> None:
    asked = Asked("GET", {"host": f"LocalHost:{PORT}", **fetched}, path)

    assert (asked.status, asked.went_on) == (307, False)
    assert asked.headers["location"] == f"{ORIGIN}{path}"


@pytest.mark.parametrize("path", ["@evil.example/", "http://evil.example/", ".evil.example/", "*"])
def test_an_invalid_path_is_not_forwarded(path: str) -> None:
    asked = Asked("GET", {"host": f"localhost:{PORT}"}, path)

    assert (asked.status, "location" in asked.headers) == (400, False)


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("POST", {"origin": f"http://localhost:{PORT}"}),
        ("HEAD", {}),
        ("GET", {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
        ("GET", {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}),
        ("GET", {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}),
    ],
    ids=str,
)
def test_by_the_name_localhost_nothing_else_is_answered(method: str, changes: dict[str, str]) -> None:
    asked = Asked(method, GOOD | {"host": f"localhost:{PORT}"} | changes)

    assert (asked.status, asked.went_on, asked.was_read) == (421, False, False)


@pytest.mark.parametrize(
    "path", ["/", "/assets/page.js", "/assets/none.js", "/edits/none", "/?status=odd", "/none"]
)
def test_every_answer_carries_the_policy(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: https://depthdrop-inbox.s3.amazonaws.com https://depthdrop-outbox.s3.amazonaws.com",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_refusal_carries_the_policy_too(browser: Browser) -> None:
    answer = browser.get("/", {"host": "evil.example"})

    assert answer.status_code == 421
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_whole_page_refuses_a_post_of_another_site(browser: Browser) -> None:
    for path in ("/drafts", "/drafts/x/files", "/drafts/x/look", "/drafts/x/drop"):
        assert browser.post(path, headers={"origin": "https://evil.example"}).status_code == 403

    assert list(browser.folder.iterdir()) == []
