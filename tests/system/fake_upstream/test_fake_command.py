"""`python -m local.fake_upstream` as a person or a runner uses it."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from local.fake_upstream.__main__ import cli
from tests.system.fake_upstream.client import HANG_SECONDS
from tests.unit.fake_upstream.talk import PICTURE, bearer

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "local.fake_upstream")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # our own command
        [*COMMAND, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


@contextlib.contextmanager
def _serving(
    announce: Path, *arguments: str, key: str | None = "a-very-secret-key"
) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    given = {} if key is None else {"FAKE_UPSTREAM_KEY": key}
    ports = ("--port", "0", "--delivery-port", "0", "--announce-file", str(announce))
    server = subprocess.Popen(  # our own command
        [*COMMAND, "serve", *ports, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **given},
    )
    try:
        deadline = time.monotonic() + HANG_SECONDS
        while not announce.exists() and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        yield server, json.loads(announce.read_text())
    finally:
        if server.poll() is None:
            server.kill()
        server.communicate()


def test_serve_announces_its_ports_charges_into_a_file_and_keeps_the_key_out_of_its_output(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "new" / "ledger.jsonl"
    with _serving(tmp_path / "ready.json", "--speed", "100", "--ledger", str(ledger)) as (server, announced):
        body = {"prompt": "a secret garden", "control_image": PICTURE}
        url = f"{announced['url']}/flux/v1/flux-pro-1-0-depth"
        answer = httpx.post(url, json=body, headers=bearer("a-very-secret-key"), timeout=HANG_SECONDS)
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=HANG_SECONDS)

    assert answer.status_code == 200
    assert server.returncode == 0
    assert json.loads(out) == announced
    assert json.loads(err.splitlines()[0])["path"] == "/flux/v1/flux-pro-1-0-depth"
    assert "a-very-secret-key" not in out + err
    assert "secret garden" not in out + err
    assert json.loads(ledger.read_text())["usd"] == "0.06"


def test_a_key_made_at_start_is_announced_to_the_owner_alone(tmp_path: Path) -> None:
    announce = tmp_path / "ready.json"
    with _serving(announce, key=None) as (server, announced):
        arguments = Path(f"/proc/{server.pid}/cmdline").read_bytes() if sys.platform == "linux" else b""
        body = {"prompt": "a garden", "control_image": PICTURE}
        url = f"{announced['url']}/flux/v1/flux-pro-1-0-depth"
        answers = [
            httpx.post(url, json=body, headers=bearer(key), timeout=HANG_SECONDS)
            for key in ("local-key", announced["key"])
        ]

        assert [one.status_code for one in answers] == [401, 200]
        assert stat.S_IMODE(announce.stat().st_mode) == 0o600
        assert announced["key"].encode() not in arguments
        assert announced["admin_token"].encode() not in arguments


def test_an_interrupt_is_a_clean_end(tmp_path: Path) -> None:
    with _serving(tmp_path / "ready.json") as (server, _):
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=HANG_SECONDS)

    assert (server.returncode, err) == (0, "")


def test_a_busy_port_is_one_sentence_and_not_a_traceback() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _run("serve", "--port", port)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"cannot listen on 127.0.0.1, ports {port} and 0" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("serve", "--speed", "0"), "speed: "),
        (("serve", "--ledger", "/proc/nothing/ledger"), "cannot write the ledger"),
    ],
)
def test_a_mistake_is_one_sentence_and_a_failure(arguments: tuple[str, ...], sentence: str) -> None:
    done = CliRunner().invoke(cli, arguments)

    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_empty_key_is_one_sentence_and_a_failure() -> None:
    done = CliRunner(env={"FAKE_UPSTREAM_KEY": ""}).invoke(cli, ["serve"])

    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "key: " in done.stderr


def test_an_announcement_that_cannot_be_written_ends_the_server_with_one_sentence() -> None:
    done = _run("serve", "--port", "0", "--announce-file", "/proc/nothing/ready")

    assert done.returncode == 1
    assert done.stderr.startswith("fake upstream: cannot write /proc/nothing/ready")
    assert done.stderr.count("\n") == 1


def test_the_catalogue_is_printed_as_a_table() -> None:
    assert "\n| post.429_bare | post | " in CliRunner().invoke(cli, ["faults"]).stdout
