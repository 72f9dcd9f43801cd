"""The files that the local stack reads and writes on this machine: no link is followed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from depthdrop_cli.stack import ownership
from depthdrop_cli.stack.no_links import FileError
from depthdrop_cli.terminal.output import PlainConsole
from local.cli import _drops, _options
from local.runs import files
from local.runs import run as running
from local.runs.up import _Mirror
from local.stack import layer
from local.stack.processes import LocalStackError
from local.stack.stack import Options
from tests.support.scripted import PICTURE


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A file that must not be sent or overwritten."""
    path = tmp_path / "precious"
    path.write_text("mine")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_a_result_replaces_a_link_and_not_the_file_that_it_leads_to(folder: Path, precious: Path) -> None:
    (folder / "photo.jpg").symlink_to(precious)

    files.write(folder, "photo.jpg", b"edited")

    assert precious.read_text() == "mine"
    assert (folder / "photo.jpg").read_bytes() == b"edited"
    assert not (folder / "photo.jpg").is_symlink()


def test_a_result_is_never_written_through_a_temporary_link(folder: Path, precious: Path) -> None:
    (folder / ".photo.jpg.part").symlink_to(precious)

    files.write(folder, "photo.jpg", b"edited")

    assert precious.read_text() == "mine"
    assert not (folder / "photo.jpg").is_symlink()


@pytest.mark.parametrize(
    "work",
    [
        lambda folder: files.write(folder, "trip/precious", b"edited"),
        lambda folder: files.write(folder, "trip/new/precious", b"edited"),
        lambda folder: files.remove(folder, "trip/precious"),
    ],
)
def test_a_linked_folder_is_reported_and_not_followed(
    folder: Path, precious: Path, work: Callable[[Path], object]
) -> None:
    (folder / "trip").symlink_to(folder.parent)

    with pytest.raises(FileError, match="trip is a link, and links are not followed here"):
        work(folder)
    assert precious.read_text() == "mine"
    assert not (folder.parent / "new").exists()


def test_a_link_is_removed_and_the_file_that_it_leads_to_is_kept(folder: Path, precious: Path) -> None:
    (folder / "photo.jpg").symlink_to(precious)

    files.remove(folder, "photo.jpg")

    assert list(folder.iterdir()) == []
    assert precious.exists()


def test_a_file_that_does_not_exist_can_be_removed(folder: Path) -> None:
    assert files.remove(folder, "trip/photo.jpg") == folder / "trip" / "photo.jpg"


@pytest.mark.parametrize(("mode", "seen"), [(0o666, 0o644), (0o600, 0o600)])
def test_a_private_file_can_be_read_only_by_its_owner(folder: Path, mode: int, seen: int) -> None:
    before = os.umask(0o022)
    try:
        written = files.write(folder, "notifications.jsonl", b"x", mode)
    finally:
        os.umask(before)

    assert written.stat().st_mode & 0o777 == seen


def test_a_ledger_is_empty_at_first_and_never_in_the_file_of_a_link(
    folder: Path, precious: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ledger.jsonl").symlink_to(precious)
    monkeypatch.delenv("COMETAPI_API_KEY", raising=False)

    options = _options(1, "", folder)

    assert options.upstream.ledger_path is not None
    assert options.upstream.ledger_path.read_bytes() == b""
    assert precious.read_text() == "mine"


def test_our_own_folder_is_created_and_can_be_used_again(folder: Path) -> None:
    for _ in range(2):
        files.make_folder(folder / "inbox")
    (folder / "linked").symlink_to(folder / "inbox")

    files.make_folder(folder / "linked")


@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_that_another_user_made_or_linked_is_not_an_inbox(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, linked: bool
) -> None:
    """The owner of the inbox can spend money."""
    (folder / "inbox").symlink_to(folder) if linked else (folder / "inbox").mkdir()
    monkeypatch.setattr(files, "me", lambda: 4711)
    monkeypatch.setattr(ownership, "_ROOT", 4712)

    with pytest.raises(LocalStackError, match=r"inbox is not used: it belongs to user \d+, and this is"):
        files.make_folder(folder / "inbox")


def test_a_run_starts_nothing_when_the_folder_of_its_results_is_another_users(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "out").mkdir()
    (folder / "out").chmod(0o777)
    started: list[object] = []
    monkeypatch.setattr(running, "started", started.append)

    with pytest.raises(LocalStackError, match="out is not used: everybody may write to it"):
        running.run(PlainConsole(), {}, folder / "out", Options(api_key="sk-real"))
    assert started == []


def test_a_folder_that_every_user_can_write_to_is_not_an_inbox(folder: Path) -> None:
    (folder / "inbox").mkdir()
    (folder / "inbox").chmod(0o777)

    with pytest.raises(LocalStackError, match="everybody may write to it"):
        files.make_folder(folder / "inbox")


@pytest.mark.parametrize("name", ["photo.txt", "photo.jpg.json"])
def test_a_run_does_not_follow_a_link_to_a_sidecar(folder: Path, precious: Path, name: str) -> None:
    (folder / "photo.jpg").write_bytes(PICTURE)
    (folder / name).symlink_to(precious)

    with pytest.raises(FileError, match=f"{name} is a link"):
        _drops(folder / "photo.jpg", None)


def test_a_run_uses_the_sidecars_beside_its_picture_which_may_be_a_link(folder: Path, precious: Path) -> None:
    precious.write_bytes(PICTURE)
    (folder / "photo.jpg").symlink_to(precious)
    (folder / "photo.txt").write_text("a watercolour")

    assert _drops(folder / "photo.jpg", None) == {"photo.jpg": PICTURE, "photo.txt": b"a watercolour"}
    assert _drops(folder / "photo.jpg", "an etching") == {"photo.jpg": PICTURE, "photo.jpg.txt": b"an etching"}


class Stack:
    """Records the mirror's calls."""

    def __init__(self) -> None:
        self.inbox: dict[str, bytes] = {}
        self.results: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> None:
        self.inbox[key] = content

    def remove(self, key: str) -> None:
        self.inbox.pop(key, None)

    def outbox(self) -> dict[str, str]:
        return {key: str(len(content)) for key, content in self.results.items()}

    def result(self, key: str) -> bytes:
        return self.results[key]

    def records(self, _prefix: str) -> list[dict[str, Any]]:
        return []

    def notices(self) -> list[dict[str, Any]]:
        return []


def _mirror(stack: Any, folder: Path) -> _Mirror:
    (folder / "inbox").mkdir()
    (folder / "outbox").mkdir()
    return _Mirror(PlainConsole(), stack, folder / "inbox", folder / "outbox")


def _changed(*paths: Path) -> set[tuple[Change, str]]:
    return {(Change.added, str(path)) for path in paths}


def test_the_watched_inbox_uploads_files_and_says_why_it_uploads_no_links(
    folder: Path, precious: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack()
    mirror = _mirror(stack, folder)
    inbox = folder / "inbox"
    (inbox / "photo.jpg").write_bytes(PICTURE)
    (inbox / "photo.txt").symlink_to(precious)
    (inbox / "linked").symlink_to(folder.parent)
    os.mkfifo(inbox / "fifo.txt")
    (inbox / "below").mkdir()

    mirror.apply(
        _changed(*inbox.iterdir(), inbox / "linked" / "precious", inbox / ".hidden" / "x", inbox / "gone.txt")
    )

    assert stack.inbox == {"photo.jpg": PICTURE}
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "photo.txt is a link, and links are not followed here" in line]
    assert [line for line in lines if "linked is a link" in line]
    assert [line for line in lines if "fifo.txt is not a regular file" in line]
    assert len(lines) == 4


def test_a_linked_folder_in_the_outbox_is_reported_once_and_other_results_are_written(
    folder: Path, precious: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack()
    mirror = _mirror(stack, folder)
    (folder / "outbox" / "trip").symlink_to(folder.parent)
    stack.results = {"trip/precious": b"edited", "photo.jpg": b"edited"}

    mirror.fetch()
    mirror.fetch()
    written = capsys.readouterr().out
    stack.results.clear()
    mirror.fetch()

    assert precious.read_text() == "mine"
    assert written.count("trip is a link") == written.count("photo.jpg: written") == 1
    assert capsys.readouterr().out.count("photo.jpg: removed") == 1


def test_the_layer_is_not_built_in_a_folder_that_others_can_write_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder's name can be guessed, and its code reads the upstream's key."""
    folder.chmod(0o777)
    monkeypatch.setattr(layer, "BUILD", folder)

    with pytest.raises(Exception, match=r"folder is not used: its mode is 0777"):
        layer.layer_for_run(folder)
