"""What web pages and other hosts are refused at the gate in front of the emulator."""

import pytest

from tests.unit.local.gated import BODY, HEALTH, ask, opens, plain, refused
from tests.unit.local.test_signatures import HOST, _by_header, _link, _object


def test_no_answer_lets_a_page_read_it() -> None:
    for asked, body in ((_by_header(), BODY), (_link(), b"")):
        assert not [name for name in ask(asked, body).headers if name.lower().startswith("access-control-")]
    assert ask(_by_header(), BODY).headers["cross-origin-resource-policy"] == "same-origin"


def test_a_page_may_show_a_picture_from_a_link_and_no_script_in_it_runs() -> None:
    for site in (b"same-site", b"cross-site", b"none"):
        answer = ask(_link(), more=[(b"Sec-Fetch-Site", site), (b"Sec-Fetch-Mode", b"no-cors")])

        assert answer.status == 200
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4566", "127.0.0.1", "127.0.0.1:80", "[::1]:4566", "127.0.0.1.nip.io:4566", ""],
)
def test_another_host_is_refused_even_when_it_was_signed(host: str) -> None:
    method, path, query, headers = _by_header()
    others = [(name, host.encode() if name == b"Host" else value) for name, value in headers]

    refused((method, path, query, others), BODY)


def test_a_request_names_one_host() -> None:
    refused(plain(), more=[(b"Host", HOST.encode())])
    refused(("GET", "/", b"", []))


def test_the_name_that_containers_use_is_refused_unless_it_is_allowed() -> None:
    name = "host.docker.internal:4566"

    refused(plain(path=HEALTH, host=name), more=opens())
    assert ask(plain(path=HEALTH, host=name), hosts=(HOST, name), more=opens()).status == 200


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://127.0.0.1:4566"])
def test_a_page_that_sends_its_origin_is_refused(origin: bytes) -> None:
    for asked, body in ((_by_header(), BODY), (_link(), b"")):
        refused(asked, body, more=[(b"Origin", origin)])


@pytest.mark.parametrize("site", [b"cross-site", b"same-site", b"same-origin", b"anything"])
def test_a_page_may_request_only_links(site: bytes) -> None:
    for asked, body in ((_by_header(), BODY), (_object(), b"picture"), (_link(method="PUT"), b"picture")):
        refused(asked, body, more=[(b"Sec-Fetch-Site", site)])


@pytest.mark.parametrize("path", ["/", "/inbox/a.jpg", "/_ministack/reset"])
def test_every_preflight_is_refused(path: str) -> None:
    more = [(b"Access-Control-Request-Method", b"POST"), *opens("OPTIONS", path)]

    refused(plain("OPTIONS", path), more=more)
