"""Which files and folders are believed: our own ones that are closed to others (the kind of CVE-2022-24765)."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from depthdrop_cli.stack.no_links import opened
from depthdrop_cli.terminal.errors import CliError

PRIVATE = 0o600
_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_ROOT = 0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class UntrustedError(CliError):
    """A file or folder that is not ours alone; the message names it and says why."""


def me() -> int:
    """The user that this process acts as."""
    return os.geteuid()


def fault_of_file(found: os.stat_result, user: int) -> str | None:
    """Why a file is not this user's own and private one; None when it is."""
    if not stat.S_ISREG(found.st_mode):
        return "it is not a regular file"
    if found.st_uid != user:
        return f"it belongs to user {found.st_uid}, and this is user {user}"
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        return f"its mode is {stat.S_IMODE(found.st_mode):04o}, not {PRIVATE:04o}"
    return None


def fault_of_folder(found: os.stat_result, user: int, *, private: bool) -> str | None:
    """Why others could change what lies in a folder, or see it if it is `private`; None when they cannot."""
    owners = {user} if private else {user, _ROOT}
    if not stat.S_ISDIR(found.st_mode):
        return "it is a link, or no folder"
    if found.st_uid not in owners:
        return f"it belongs to user {found.st_uid}, and this is user {user}"
    if found.st_mode & (_OTHERS if private else _OTHERS_WRITE):
        return f"its mode is {stat.S_IMODE(found.st_mode):04o}, which lets others in"
    return None


def fault_of_writers(folder: Path, user: int) -> str | None:
    """Why a stranger could put files into a folder, or lead it elsewhere; None when none can. Raises OSError."""
    for found in (folder.lstat(), folder.stat()):  # of a link, and of what it leads to
        if found.st_uid not in {user, _ROOT}:
            return f"it belongs to user {found.st_uid}, and this is user {user}"
    return "everybody may write to it" if folder.stat().st_mode & stat.S_IWOTH else None


@contextlib.contextmanager
def private_folder_at(folder: Path, *, make: bool = False) -> Iterator[int]:
    """A descriptor of `build/local` or the like: ours and closed, and nobody else can put another in its place.

    With `make` the folder and the one around it are made, or closed if they are ours. Raises UntrustedError and
    OSError.
    """
    outer = folder.parent
    if make:
        outer.parent.mkdir(parents=True, exist_ok=True)
    with (
        opened(outer.parent, []) as root,
        _judged(root, outer, private=False, make=make) as within,
        _judged(within, folder, private=True, make=make) as at,
    ):
        yield at


def private_folder(folder: Path) -> Path:
    """This folder, made with mode 0700 or closed to others. Raises UntrustedError and OSError."""
    with private_folder_at(folder, make=True):
        return folder


@contextlib.contextmanager
def _judged(at: int, path: Path, *, private: bool, make: bool) -> Iterator[int]:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path.name, 0o700 if private else 0o755, dir_fd=at)
    else:  # another user's may not even be opened
        _judge(os.stat(path.name, dir_fd=at, follow_symlinks=False), path, private=private)
    try:
        folder = os.open(path.name, _FOLDER, dir_fd=at)
    except OSError:
        _judge(os.stat(path.name, dir_fd=at, follow_symlinks=False), path, private=private)
        raise
    try:
        if make:
            _close(folder, private=private)
        _judge(os.fstat(folder), path, private=private)
        yield folder
    finally:
        os.close(folder)


def _judge(found: os.stat_result, path: Path, *, private: bool) -> None:
    fault = fault_of_folder(found, me(), private=private)
    if fault is not None:
        raise UntrustedError(f"{path} is not used: {fault}. Remove it, or work in another folder.")


def _close(folder: int, *, private: bool) -> None:
    """Take others' rights away if it is ours. A private folder that they could write to stays as it is: refused."""
    found = os.fstat(folder)
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == me() and not (private and mode & _OTHERS_WRITE):
        os.fchmod(folder, mode & ~(_OTHERS if private else _OTHERS_WRITE))
