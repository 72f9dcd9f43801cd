"""What another user of this machine plants where the owner's commands look: no key is sent, no code of it runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from depthdrop_cli.stack.local_stack import PLACE, LocalAddress
from depthdrop_cli.stack.ownership import private_folder
from depthdrop_cli.stack.processes import started_at
from tests.system.e2e.commands import ROOT, environment
from tests.system.e2e.strangers import stranger
from tests.system.e2e.strangers.another_user import IS_ROOT, State, listening_stranger, open_folder, tries

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are read from /proc"),
]

KEY = "sk-typed-by-the-owner"


@pytest.fixture
def shared() -> Iterator[Path]:
    """Everybody may write there, as into /tmp."""
    with open_folder(0o1777) as folder:
        yield folder


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
        timeout=240,
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
