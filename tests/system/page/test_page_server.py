"""The page's server on a real socket: it ends when it is asked to, and does not wait for what it refuses."""

import logging
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from depthdrop_cli.page.guard import LOOPBACK
from depthdrop_cli.page.server import Served, bound, served
from depthdrop_cli.stack.stacks import find_stack
from depthdrop_cli.terminal.errors import CliError
from tests.support.operator_cloud import NAME, Cloud
from tests.system.e2e.commands import local
from tests.system.page.served_page import _no_real_account, _resources, cloud, page, stack, upstream

__all__ = ["_no_real_account", "_resources", "cloud", "page", "stack", "upstream"]

pytestmark = pytest.mark.sockets


def _cookie(page: Served) -> str:
    return page.access.grant().headers["set-cookie"].partition(";")[0]


def _request(page: Served, line: str, **more: str) -> socket.socket:
    """A connection on which this was sent and nothing more; `{root}` is replaced by the run's own path."""
    asking = socket.socket()
    asking.settimeout(240)
    asking.connect((LOOPBACK, page.access.port))
    headers = {"Host": f"{LOOPBACK}:{page.access.port}", "Cookie": _cookie(page), **more}
    lines = [line.replace("{root}", page.access.root), *(f"{name}: {value}" for name, value in headers.items())]
    asking.sendall("\r\n".join([*lines, "", ""]).encode())
    return asking


def _rest(asking: socket.socket) -> bytes:
    """Everything that comes until the other side ends."""
    came = b""
    while chunk := asking.recv(65536):
        came += chunk
    return came


def test_pages_that_wait_for_news_are_sent_goodbye_when_it_stops(cloud: Cloud) -> None:
    assert cloud.stack
    with served(find_stack(NAME), bound(0), allow_drop=False) as running:
        waiting = [_request(running, "GET {root}/events HTTP/1.1") for _ in range(3)]
        begun = [one.recv(65536) for one in waiting]

    assert all(one.startswith(b"HTTP/1.1 200") for one in begun)
    assert all(_rest(one).endswith(b"0\r\n\r\n") for one in waiting)  # the last chunk: not broken off
    for one in waiting:
        one.close()


def test_a_post_from_elsewhere_is_refused_while_its_body_is_still_to_come(page: Served) -> None:
    head = {"Origin": "https://evil.example", "Content-Length": "100000000"}
    with closing(_request(page, "POST {root}/drafts HTTP/1.1", **head)) as asking:
        answer = _rest(asking)

    assert answer.startswith(b"HTTP/1.1 403")
    assert b"content-security-policy" in answer


def test_with_the_cookie_alone_another_server_gets_nothing(page: Served) -> None:
    """It may have been sent it; and every user with an account here may send anything."""
    own = {"Origin": page.access.origin, "X-Depthdrop-Token": page.access.token, "Content-Length": "100000000"}
    asked = [
        *(
            _request(page, f"GET /{path} HTTP/1.0")
            for path in ("", "events", "assets/page.js", "open/guessed", "x/")
        ),
        *(_request(page, f"POST /{path} HTTP/1.0", **own) for path in ("drafts", "drafts/x/drop", "x/drafts")),
    ]
    answers = [_rest(one) for one in asked]
    for one in asked:
        one.close()

    assert all(answer.startswith(b"HTTP/1.1 403") for answer in answers)
    assert not [answer for answer in answers if b"location:" in answer or page.access.root.encode() in answer]


def test_with_the_path_alone_another_user_gets_nothing(page: Served) -> None:
    own = {"Cookie": "a=b", "Origin": page.access.origin, "X-Depthdrop-Token": page.access.token}
    asked = [_request(page, f"{method} {{root}}/ HTTP/1.0", **own) for method in ("GET", "POST")]
    answers = [_rest(one) for one in asked]
    for one in asked:
        one.close()

    assert all(answer.startswith(b"HTTP/1.1 403") for answer in answers)


def test_it_listens_on_loopback_alone_and_says_when_a_port_is_taken(page: Served) -> None:
    with pytest.raises(
        CliError, match=rf"^The page cannot use port {page.access.port} of 127.0.0.1: .*, or none\.$"
    ):
        bound(page.access.port)

    assert page.sock.getsockname()[0] == LOOPBACK


def test_what_it_keeps_is_its_owners_alone_and_goes_with_it(cloud: Cloud) -> None:
    assert cloud.stack
    with served(find_stack(NAME), bound(0), allow_drop=True) as running:
        draft = running.app.drafts.new()
        folder = running.opener.parent
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
        held = [path for path in folder.rglob("*") if path.is_file() and running.access.secret in path.read_text()]

    assert draft
    assert modes.pop(running.opener) == 0o600
    assert set(modes.values()) == {0o700}
    assert held == [running.opener]
    assert not folder.exists()


def test_make_up_says_in_a_sentence_and_at_once_that_its_port_is_taken(page: Served, tmp_path: Path) -> None:
    ended = local(tmp_path, "up", "--no-browser", "--port", str(page.access.port))

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"The page cannot use port {page.access.port} of 127.0.0.1: ")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "build").exists()


def test_no_address_is_logged(
    page: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), closing(_request(page, "GET {root}/?folder=s3cr3t HTTP/1.0")) as asking:
        answer = _rest(asking)

    assert answer.startswith(b"HTTP/1.1 200")
    for said in (caplog.text, *capfd.readouterr()):
        assert "GET /" not in said
        assert "?folder" not in said
        assert page.access.secret not in said
