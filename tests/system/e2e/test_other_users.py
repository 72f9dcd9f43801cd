"""Another user of this machine, while its owner runs `make up`, the signer and a gallery: no dollars, keys or code.

As root a process of nobody's tries it. Otherwise one of our own does, and modes and refusals show what they can.
"""

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from depthdrop_cli.stack.local_stack import PLACE, LocalAddress
from depthdrop_cli.stack.ownership import private_folder
from depthdrop_cli.stack.processes import started_at
from local.stack.layer import BUILD
from tests.system.e2e.commands import ROOT, environment
from tests.system.e2e.listening import tree
from tests.system.e2e.strangers import at_emulator, at_others, at_signatures, stranger
from tests.system.e2e.strangers.place import Place, filled, placed
from tests.system.e2e.strangers.wire import lines

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are read from /proc"),
]

State = Callable[[str, object], None]
IS_ROOT = os.geteuid() == 0
KEY = "sk-typed-by-the-owner"
_SECTIONS = {**at_emulator.SECTIONS, **at_signatures.SECTIONS, **at_others.SECTIONS}
_ALWAYS_READABLE = {"cmdline"}


@contextmanager
def _open_folder(mode: int) -> Iterator[Path]:
    """Pytest's own folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="depthdrop-shared-"))
    folder.chmod(mode)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Its folder is one that others may look into, as most are."""
    with _open_folder(0o755) as folder, placed(folder) as made:
        yield made


@pytest.fixture
def shared() -> Iterator[Path]:
    """Everybody may write there, as into /tmp."""
    with _open_folder(0o1777) as folder:
        yield folder


def tries(**wanted: Any) -> dict[str, Any]:
    """What another user gets."""
    with listening_stranger(**wanted) as process:
        output, _ = process.communicate(timeout=300)
    found: dict[str, Any] = json.loads(output)
    assert found["user"] == (stranger.NOBODY if IS_ROOT else os.geteuid())
    return found


@contextmanager
def listening_stranger(**wanted: Any) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-I", stranger.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(f"{json.dumps(wanted)}\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


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


def _planted(**other: object) -> dict[str, object]:
    """As this version writes it, of a process that runs: our own, or the machine's first."""
    started = started_at(os.getpid()) or ""
    address = LocalAddress(os.getpid(), started, "http://127.0.0.1:$port", "us-east-1", "depthdrop-local", "a", "b")
    return {**asdict(address), **other}


# A file in a folder above ours: its content, its mode, and whether its folder is ours and closed to others.
_PLANTS: dict[str, tuple[dict[str, object], int, bool]] = {
    "another user's": (_planted(), 0o644, False),
    "another user's private one": (_planted(), 0o600, False),
    "another user's, of process 1": (_planted(pid=1), 0o644, False),
    "ours, which others may read": (_planted(), 0o644, True),
    "ours, which others may write": (_planted(), 0o666, True),
    "ours, with a PYTHONPATH": (_planted(PYTHONPATH="$folder", PATH="$folder"), 0o600, True),
    "ours, with an endpoint that begins like loopback": (
        _planted(endpoint="http://127.0.0.1:1@127.0.0.1:$port"),
        0o600,
        True,
    ),
    "ours, with an endpoint by name": (_planted(endpoint="http://localhost:$port"), 0o600, True),
    "ours, with an endpoint with a path": (_planted(endpoint="http://127.0.0.1:$port/x"), 0o600, True),
    "ours, of an earlier version": (
        {"pid": 1, "endpoint": "http://127.0.0.1:$port", "region": "x", "stack": "x"},
        0o600,
        True,
    ),
}
_COMMANDS: dict[str, list[str]] = {
    "secret": ["depthdrop_cli", "secret"],
    "status": ["depthdrop_cli", "status"],
    "gallery": ["depthdrop_cli", "gallery", "--no-browser"],
    "invoke": ["local.one_function.invoke", "Submit"],
    "signer": ["signer"],
}


@pytest.mark.parametrize("plant", _PLANTS)
def test_a_planted_stack_receives_no_key_and_runs_no_code(shared: Path, plant: str, record_property: State) -> None:
    """A file in a folder above names an address: no command even connects to it."""
    content, mode, is_ours = _PLANTS[plant]
    mine = shared / "mine"
    mine.mkdir(mode=0o700)
    if is_ours:
        private_folder((shared / PLACE).parent)
    with listening_stranger(listen=True, stay=is_ours) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        text = json.dumps(content).replace("$port", port).replace("$folder", str(shared))
        tries(plant={str(shared / "sitecustomize.py"): (_TELLS, 0o644)})
        if is_ours:
            stranger.plant({str(shared / PLACE): (text, mode)})
        else:
            tries(plant={str(shared / PLACE): (text, mode)})
        ended = {name: _run(mine, *words) for name, words in _COMMANDS.items()}
        output, _ = server.communicate(timeout=240)
    received = json.loads(output)["listen"]
    record_property("tries", len(ended))
    record_property("keys", received.count("connected"))
    record_property("run", len(list(shared.glob("ran-*"))))

    assert received == ""
    assert not list(shared.glob("ran-*"))
    assert {
        name: one.stderr for name, one in ended.items() if not (one.returncode and _disbelieves(one.stderr))
    } == {}


def _disbelieves(said: str) -> bool:
    """Its file, or a folder that it is in."""
    return "stack.json is not trusted: " in said or "build is not used: " in said or "local is not used: " in said


_TELLS = "import os, pathlib\npathlib.Path(__file__).with_name(f'ran-{os.getpid()}').touch()\n"


def _run(folder: Path, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command of the owner's, with the upstream's key typed into it."""
    return subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],
        cwd=folder,
        env=environment(),
        input=f"{KEY}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_port_that_another_user_took_over_receives_no_key(tmp_path: Path, record_property: State) -> None:
    """The file is ours and the process lives, but its emulator ended."""
    record_property("by_nobody", int(IS_ROOT))
    if not IS_ROOT:
        return  # nobody else is here who could take it
    with listening_stranger(listen=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        LocalAddress.of_this_process(url, "us-east-1", "depthdrop-local", "a", "b").write(tmp_path)
        ended = {name: _run(tmp_path, *words) for name, words in _COMMANDS.items()}
        output, _ = server.communicate(timeout=240)
    received = json.loads(output)["listen"]
    record_property("tries", len(ended))
    record_property("keys", received.count("connected"))

    assert received == ""
    assert {name: one.returncode for name, one in ended.items()} == dict.fromkeys(_COMMANDS, 1)


def test_the_command_runs_no_module_of_the_folder_that_it_is_called_in(
    shared: Path, record_property: State
) -> None:
    """`.venv/bin/depthdrop`, called in a folder that others may write to."""
    names = (
        "typer.py",
        "json.py",
        "rich.py",
        "boto3.py",
        "depthdrop_cli.py",
        "depthdrop.py",
        "local.py",
        "sitecustomize.py",
    )
    tries(plant={str(shared / name): (_TELLS, 0o644) for name in names})
    command = Path(sys.executable).with_name("depthdrop")
    ended = subprocess.run(
        [command, "status"], cwd=shared, env=environment(), capture_output=True, text=True, timeout=240, check=False
    )
    ran = list(shared.glob("ran-*"))
    record_property("tries", len(names))
    record_property("run", len(ran))

    assert ran == []
    assert "No stack is named and none runs here" in ended.stderr
    assert ROOT.is_dir()
