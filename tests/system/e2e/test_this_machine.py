"""Obstacles that this machine has for the local stack, and how the stack handles them."""

import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from depthdrop_cli.stack.no_links import names_below
from depthdrop_cli.stack.processes import other_user_on
from depthdrop_cli.terminal.output import PlainConsole
from local.runs import files
from local.runs.journal import Entry
from local.runs.show import final_table
from local.stack import emulator, layer
from local.stack.emulator import Emulator
from local.stack.layer import layer_for_run
from local.stack.processes import LocalStackError, free_port
from tests.support.other_user import NOBODY_UID

pytestmark = pytest.mark.sockets

# A port's listeners, and whose they are, are in this table of Linux; other systems need another program for each.
_LISTENERS = pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="reads /proc/net/tcp, which only Linux has"
)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_that_was_taken_meanwhile_is_not_insisted_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy_port: int
) -> None:
    ports = iter([busy_port, free_port()])
    monkeypatch.setattr(emulator, "free_port", lambda: next(ports))

    with Emulator(tmp_path) as running:
        assert running.port != busy_port
        assert running.client("s3").list_buckets()["Buckets"] == []


class _Impostor(BaseHTTPRequestHandler):
    """Answers as a healthy emulator would to every caller, and keeps what it was sent."""

    received: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.received.append(f"{self.requestline} {self.headers}")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_server_that_took_the_port_is_not_believed_and_is_sent_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Impostor)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    ports = iter([server.server_port, free_port()])
    monkeypatch.setattr(emulator, "free_port", lambda: next(ports))
    try:
        with Emulator(tmp_path) as running:
            assert running.port != server.server_port
            received = "".join(_Impostor.received)
            assert "GET /_ministack/health" in received
            for secret in (running._token, running.keys.secret_key, running.keys.access_key):
                assert secret not in received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_secret_of_the_run_is_in_a_list_of_processes_or_stays_in_its_folder(tmp_path: Path) -> None:
    with Emulator(tmp_path) as running:
        listed = b"".join(
            _content(path) for name in ("cmdline", "environ") for path in Path("/proc").glob(f"[0-9]*/{name}")
        )
        lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        secrets = (running._token, running.keys.secret_key)

    assert listed
    assert not [secret for secret in secrets if secret.encode() in listed + lying]


def _content(path: Path) -> bytes:
    """Nothing of a process that is another user's, or that has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_an_emulator_that_cannot_start_is_reported_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy_port: int
) -> None:
    monkeypatch.setattr(emulator, "free_port", lambda: busy_port)

    with pytest.raises(LocalStackError, match=r"^The AWS emulator did not start: "), Emulator(tmp_path):
        pass


@_LISTENERS
def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    with Emulator(tmp_path) as running:
        listening = _listening(running.pid or 0)

    assert listening == {("127.0.0.1", running.port)}


@_LISTENERS
def test_another_user_who_listens_on_a_port_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    as_root = os.geteuid() == 0
    with socket.socket() as ours, _of_nobody() if as_root else socket.socket() as theirs:
        for one in (ours, theirs):
            one.bind(("127.0.0.1", 0))
            one.listen()
        assert other_user_on(ours.getsockname()[1]) is None
        if not as_root:
            monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

        assert other_user_on(theirs.getsockname()[1]) == (NOBODY_UID if as_root else os.getuid())


def _of_nobody() -> socket.socket:
    """Root makes it as another user."""
    os.seteuid(NOBODY_UID)
    try:
        return socket.socket()
    finally:
        os.seteuid(0)


def test_a_new_layer_replaces_the_old_ones_but_not_what_another_run_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("layer-used", "layer-forgotten", "run-1-other", "run-2-this"):
        (tmp_path / name).mkdir()
    (tmp_path / "run-1-other" / "layer").symlink_to(tmp_path / "layer-used")
    monkeypatch.setattr(layer, "BUILD", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0))

    layer_for_run(tmp_path / "run-2-this")

    made = (tmp_path / "run-2-this" / "layer").readlink()
    assert made.is_dir()
    assert {path.name for path in tmp_path.glob("layer-*")} == {"layer-used", made.name}


def test_a_full_disk_is_reported_in_a_sentence_and_leaves_no_incomplete_file(tmp_path: Path) -> None:
    with _files_no_longer_than(1000), pytest.raises(LocalStackError, match=r"cannot be written: File too large\.$"):
        files.write(tmp_path, "a/photo.jpg", b"x" * 2000)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("key", ["../x.jpg", "/etc/x.jpg", "a/../../x.jpg", "", "a/\0.jpg", ".."])
def test_no_key_leads_out_of_its_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(LocalStackError, match="cannot be a file name here"):
        files.write(tmp_path / "in", key, b"x")

    assert list(tmp_path.rglob("*")) == []


def test_hidden_files_are_not_dropped(tmp_path: Path) -> None:
    for name in ("photo.jpg", ".DS_Store", "trip/photo.txt", ".git/x.jpg"):
        files.write(tmp_path, name, b"x")

    assert list(names_below(tmp_path)) == ["photo.jpg", "trip/photo.txt"]


def test_a_name_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    PlainConsole().print(final_table([Entry("[red]x[/red].jpg", 0.0, status="failed", seconds=1.0)]))

    assert "[red]x[/red].jpg" in capsys.readouterr().out


@contextmanager
def _files_no_longer_than(size: int) -> Iterator[None]:
    """The nearest to a full disk that needs no disk: writes beyond the limit fail as the system says."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def _listening(group: int) -> set[tuple[str, int]]:
    """Address and port of every TCP socket that a process of this group listens on."""
    inodes = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == group:
                inodes |= {str(fd.readlink()) for fd in (process / "fd").iterdir()}
        except OSError:
            continue
    found = set()
    for line in (Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()).splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
            address, port = fields[1].split(":")
            raw = bytes.fromhex(address)[:4][::-1]
            found.add((socket.inet_ntoa(raw), int(port, 16)))
    return found
