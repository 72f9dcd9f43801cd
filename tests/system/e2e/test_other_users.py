"""Another user of this machine, while its owner runs `make up`, the signer and a gallery: no dollars, keys or code.

As root a process of nobody's tries it. Otherwise one of our own does, and modes and refusals show what they can.
"""

import base64
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from depthdrop_cli.stack.local_stack import PLACE
from local.stack.layer import BUILD
from tests.system.e2e.listening import tree
from tests.system.e2e.strangers import at_emulator, at_others, at_signatures
from tests.system.e2e.strangers.another_user import IS_ROOT, State, open_folder, tries
from tests.system.e2e.strangers.place import Place, filled
from tests.system.e2e.strangers.placed import placed
from tests.system.e2e.strangers.wire import lines

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are read from /proc"),
]

_SECTIONS = {**at_emulator.SECTIONS, **at_signatures.SECTIONS, **at_others.SECTIONS}
_ALWAYS_READABLE = {"cmdline"}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Its folder is one that others may look into, as most are."""
    with open_folder(0o755) as folder, placed(folder) as made:
        yield made


def test_another_user_reads_no_file_that_a_run_keeps(place: Place, record_property: State) -> None:
    (place.folder / "public").mkdir()
    (place.folder / "public" / "note").write_text("for everybody")
    kept = [BUILD, place.folder / "build", *(place.folder / "tmp").iterdir()]
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in kept}
    found = tries(look=[str(place.folder), *map(str, kept)], write=[str(path) for path in kept])
    read = {path: text for path, text in found["look"].items() if _is_kept(path, kept)}
    leaks = [path for path, text in found["look"].items() for one in place.secrets.values() if one in text]
    record_property("files", sum(len(list(path.rglob("*"))) for path in kept))
    record_property("keys", len(leaks))

    assert {path: mode for path, mode in before.items() if path.name != "build" and mode & 0o077} == {}
    assert (place.folder / PLACE).stat().st_mode & 0o777 == 0o600
    assert found["look"][str(place.folder / "public" / "note")] == "for everybody"
    if IS_ROOT:
        assert read == {}
        assert leaks == []
        assert found["write"] == []


def _is_kept(path: str, kept: list[Path]) -> bool:
    """`build` itself holds nothing but `build/local`."""
    return any(Path(path).is_relative_to(one) for one in kept) and Path(path).name != "build"


def test_no_list_of_processes_shows_a_secret_and_no_environment_is_read(
    place: Place, record_property: State
) -> None:
    processes = {pid for one in place.processes.values() for pid in tree(one.pid)}
    found = tries(watch=sorted(processes))["watch"]
    shown = [pid for pid, of in found.items() for one in place.secrets.values() if one in of.get("cmdline", "")]
    guessable = [pid for pid, of in found.items() if place.address.access_key in of.get("cmdline", "")]
    read = {pid: sorted(of.keys() - _ALWAYS_READABLE) for pid, of in found.items() if of.keys() - _ALWAYS_READABLE}
    record_property("processes", len(found))
    record_property("keys", len(shown) + len(guessable) + (len(read) if IS_ROOT else 0))

    assert len(found) >= 6
    assert all("python" in of["cmdline"] for of in found.values() if of.get("cmdline"))
    assert shown == guessable == []
    if IS_ROOT:
        assert read == {}


def test_another_user_is_refused_at_every_port(place: Place, record_property: State) -> None:
    """With the page's path or its cookie, with credentials made of names, with what a link shows: see the lists."""
    attacks = [
        one
        for section in _SECTIONS.values()
        for one in section
        if one.port != "sns" and not one.request.is_http2 and "Upgrade" not in dict(one.request.headers)
    ]
    asked = []
    for one in attacks:
        names = {**place.names, "port": str(place.ports[one.port])}
        request = lines(filled(one.request, names))
        asked.append((place.ports[one.port], base64.b64encode(request).decode()))
    answers = [base64.b64decode(answer) for answer in tries(ask=asked)["ask"]]
    status = [int(answer.split()[1]) if answer else 0 for answer in answers]
    given = [one.title for one, code in zip(attacks, status, strict=True) if code not in one.statuses]
    leaks = [
        one.title
        for one, answer in zip(attacks, answers, strict=True)
        if any(secret.encode() in answer for secret in place.secrets.values())
    ]
    changes = place.changes()
    record_property("requests", len(attacks))
    record_property("keys", len(leaks) + len(given))
    record_property("changes", len(changes))

    assert len(attacks) >= 200
    assert given == []
    assert leaks == []
    assert changes == []


def test_what_another_server_of_this_machine_receives_of_a_page_opens_nothing(
    place: Place, record_property: State
) -> None:
    """Browsers send a page's cookie to every port of its host. That server sends it on, in all ways that it can."""
    host, cookie = f"127.0.0.1:{place.ports['page']}", place.names["page_cookie"]
    name, _, value = cookie.partition("=")
    cookies = [cookie, f"{cookie}; {cookie}", f"a=b; {cookie}", f'{name}="{value}"', f"{name}={value}; Path=/"]
    paths = [
        "/",
        "/drafts",
        "/events",
        "/edits/1",
        "/assets/page.js",
        f"/{value}/",
        f"/open/{value}",
        f"/?{cookie}",
    ]
    requests = [
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {one}\r\nOrigin: http://{host}\r\n"
        f"X-Depthdrop-Token: {value}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        for one in cookies
        for path in paths
        for method in ("GET", "POST")
    ]
    asked = [(place.ports["page"], base64.b64encode(one.encode()).decode()) for one in requests]
    answers = [base64.b64decode(one) for one in tries(ask=asked)["ask"]]
    opened = [one for one, answer in zip(requests, answers, strict=True) if not answer.startswith(b"HTTP/1.1 403")]
    record_property("requests", len(requests))
    record_property("keys", len(opened))

    assert opened == []
    assert place.changes() == []
