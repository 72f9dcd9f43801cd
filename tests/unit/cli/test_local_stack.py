"""Which stack.json is believed: our own private one, of a stack that runs; and it leads to loopback alone."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from depthdrop_cli.app import app
from depthdrop_cli.stack import processes
from depthdrop_cli.stack.local_stack import PLACE, LocalAddress, running
from depthdrop_cli.stack.ownership import UntrustedError, private_folder
from depthdrop_cli.terminal.errors import CliError
from tests.support.other_user import OtherUser, other_user

__all__ = ["other_user"]

URL = "http://127.0.0.1:4566"
OF_0_1_0 = {"pid": 1, "endpoint": URL, "region": "us-east-1", "stack": "depthdrop-local"}


def here(endpoint: str = URL) -> LocalAddress:
    return LocalAddress.of_this_process(endpoint, "us-east-1", "depthdrop-local", "AKIDRUN", "its secret")


def rewrite(root: Path, **values: object) -> None:
    path = root / PLACE
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_it_is_found_from_its_folder_and_below_while_it_runs(tmp_path: Path) -> None:
    written = here().write(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    assert running(below) == here()
    written.unlink()
    assert running(below) is None


def test_a_dead_stack_does_not_hide_a_running_one_above(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as ended:
        started = processes.started_at(ended.pid)
        ended.communicate(b"\n")
    assert started is not None
    here().write(tmp_path)
    replace(here(), pid=ended.pid, started=started).write(tmp_path / "below")

    assert running(tmp_path / "below") == here()


def test_a_later_process_of_the_same_number_is_not_the_stack(tmp_path: Path) -> None:
    replace(here(), started="long ago").write(tmp_path)

    assert running(tmp_path) is None


@pytest.mark.parametrize("values", [OF_0_1_0, {}], ids=["of 0.1.0", "of this version"])
def test_another_users_file_is_never_trusted(other_user: OtherUser, values: dict[str, object]) -> None:
    text = json.dumps(values or asdict(here()))
    other_user.runs(f"umask 077; mkdir -p build/local; chmod 711 build build/local; cat > {PLACE}", text)
    below = other_user.folder / "below"
    below.mkdir()

    with pytest.raises(UntrustedError, match=f"build is not used: it belongs to user {other_user.uid}"):
        running(below)


def test_another_users_file_in_our_folder_is_not_trusted(other_user: OtherUser) -> None:
    """As when the folder was open for a while."""
    here().write(other_user.folder)
    path = other_user.folder / PLACE
    path.unlink()
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o777)
    other_user.runs(f"umask 077; cat > {PLACE}", json.dumps(asdict(here())))
    path.parent.chmod(0o700)
    path.parent.parent.chmod(0o755)

    with pytest.raises(UntrustedError, match=f"it belongs to user {other_user.uid}, and this is user"):
        running(other_user.folder)


def test_the_upstreams_key_is_not_even_read_for_another_users_stack(
    other_user: OtherUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_user.runs(f"mkdir -p build/local; cat > {PLACE}", json.dumps(OF_0_1_0))
    monkeypatch.chdir(other_user.folder)
    monkeypatch.delenv("DEPTHDROP_STACK", raising=False)
    monkeypatch.setattr("depthdrop_cli.commands.secret._read", lambda: pytest.fail("the key was read"))

    ended = CliRunner().invoke(app, ["secret"], input="sk-mine\n")

    assert ended.exit_code == 1
    assert f"build is not used: it belongs to user {other_user.uid}" in ended.stderr


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o610, 0o700, 0o4600])
def test_a_file_that_others_may_read_or_write_is_not_trusted(tmp_path: Path, mode: int) -> None:
    here().write(tmp_path).chmod(mode)

    with pytest.raises(UntrustedError, match=rf"stack\.json is not trusted: its mode is {mode:04o}, not 0600\."):
        running(tmp_path)


@pytest.mark.parametrize(("name", "mode"), [("local", 0o755), ("local", 0o770), ("", 0o775), ("", 0o757)])
def test_a_folder_that_lets_others_in_is_not_trusted(tmp_path: Path, name: str, mode: int) -> None:
    here().write(tmp_path)
    (tmp_path / "build" / name).chmod(mode)

    with pytest.raises(UntrustedError, match=f"its mode is {mode:04o}, which lets others in"):
        running(tmp_path)


@pytest.mark.parametrize("name", ["build", "build/local", "build/local/stack.json"])
def test_a_link_to_a_stack_of_ours_is_not_trusted(tmp_path: Path, name: str) -> None:
    here().write(tmp_path / "elsewhere")
    (tmp_path / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (tmp_path / name).symlink_to(tmp_path / "elsewhere" / name)

    with pytest.raises(UntrustedError, match=f"{name} is not (used|trusted)"):
        running(tmp_path)


def test_a_fifo_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    path = here().write(tmp_path)
    path.unlink()
    os.mkfifo(path, 0o600)

    with pytest.raises(UntrustedError, match="it is not a regular file"):
        running(tmp_path)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1:4566",
        "http://localhost:4566",
        "http://127.0.0.2:4566",
        "http://127.0.0.1",
        "http://127.0.0.1:",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:٤٥",
        "http://127.0.0.1:4566/",
        "http://127.0.0.1:4566?a",
        "http://127.0.0.1:4566#a",
        "http://127.0.0.1:4566\n",
        "http://127.0.0.1:4566@example.org",
        "http://user@127.0.0.1:4566",
        "http://127.0.0.1.example.org:4566",
        "http://[::1]:4566",
    ],
)
def test_an_endpoint_elsewhere_than_on_loopback_is_not_trusted(tmp_path: Path, endpoint: str) -> None:
    here(endpoint).write(tmp_path)

    with pytest.raises(UntrustedError, match=r"its endpoint is not http://127\.0\.0\.1 with a port"):
        running(tmp_path)


@pytest.mark.parametrize(
    "values", [{"env": {"PYTHONPATH": "x"}}, {"pid": "1"}, {"pid": True}, {"endpoint": None}, {"stack": 3}]
)
def test_a_file_with_other_fields_than_this_version_writes_is_not_trusted(
    tmp_path: Path, values: dict[str, object]
) -> None:
    here().write(tmp_path)
    rewrite(tmp_path, **values)

    with pytest.raises(UntrustedError, match="written by another version"):
        running(tmp_path)


@pytest.mark.parametrize("text", [json.dumps(OF_0_1_0), "[]", "null", "3"])
def test_a_file_of_another_form_is_not_trusted(tmp_path: Path, text: str) -> None:
    here().write(tmp_path).write_text(text)

    with pytest.raises(UntrustedError, match="written by another version"):
        running(tmp_path)


@pytest.mark.parametrize("text", ["{", "", "\udcff"])
def test_a_broken_file_is_an_error(tmp_path: Path, text: str) -> None:
    here().write(tmp_path).write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(CliError, match="start it again with `make up`"):
        running(tmp_path)


def test_a_port_that_another_user_has_taken_over_is_not_spoken_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here().write(tmp_path)
    monkeypatch.setattr(processes, "other_user_on", {4566: 65534}.get)

    with pytest.raises(UntrustedError, match="user 65534 listens on its port"):
        running(tmp_path)


def test_it_is_private_from_the_start_and_so_is_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []

    def moved(source: str, target: str, **folders: int) -> None:
        modes.append(os.stat(source, dir_fd=folders["src_dir_fd"]).st_mode & 0o777)
        os.rename(source, target, **folders)  # noqa: PTH104  # a Path knows no folders

    monkeypatch.setattr(os, "replace", moved)
    before = os.umask(0)
    try:
        path = here().write(tmp_path)
    finally:
        os.umask(before)

    assert modes == [0o600]
    assert [one.stat().st_mode & 0o777 for one in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o755]


def test_a_link_in_its_place_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    path = here().write(tmp_path)
    path.unlink()
    (tmp_path / "precious").write_text("mine")
    path.symlink_to(tmp_path / "precious")

    here().write(tmp_path)

    assert (tmp_path / "precious").read_text() == "mine"
    assert running(tmp_path) == here()


def test_folders_that_an_earlier_version_made_are_closed(tmp_path: Path) -> None:
    (tmp_path / "build" / "local").mkdir(parents=True)
    (tmp_path / "build").chmod(0o775)
    (tmp_path / "build" / "local").chmod(0o755)

    here().write(tmp_path)

    assert running(tmp_path) == here()


def test_a_folder_that_others_could_write_to_is_not_used_any_more(tmp_path: Path) -> None:
    """Its files may be another user's, such as the layer's code."""
    (tmp_path / "build" / "local").mkdir(parents=True)
    (tmp_path / "build" / "local").chmod(0o777)

    with pytest.raises(UntrustedError, match=r"build/local is not used: its mode is 0777.*Remove it"):
        private_folder(tmp_path / "build" / "local")


def test_a_folder_that_another_user_made_first_is_not_used(other_user: OtherUser) -> None:
    address = here()
    other_user.runs("mkdir -m 777 build")

    for make in (address.write, lambda root: private_folder(root / "build" / "local")):
        with pytest.raises(UntrustedError, match=f"build is not used: it belongs to user {other_user.uid}"):
            make(other_user.folder)


def test_its_secret_is_in_no_traceback() -> None:
    assert "its secret" not in repr(here())
