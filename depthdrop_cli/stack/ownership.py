"""Trusts only files and folders that this user owns and others cannot change (compare CVE-2022-24765)."""

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
    """A file or folder that others own or can change; the message names it and says why."""


def me() -> int:
    """The effective user id of this process."""
    return os.geteuid()


def fault_of_file(found: os.stat_result, user: int) -> str | None:
    """Why a file is not this user's own and private; None if it is."""
    if not stat.S_ISREG(found.st_mode):
        return "it is not a regular file"
    if found.st_uid != user:
        return f"it belongs to user {found.st_uid}, and this is user {user}"
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        return f"its mode is {stat.S_IMODE(found.st_mode):04o}, not {PRIVATE:04o}"
    return None


def fault_of_folder(found: os.stat_result, user: int, *, private: bool) -> str | None:
    """Why others could change files in a folder, or see them if it is `private`; None if they cannot."""
    owners = {user} if private else {user, _ROOT}
    if not stat.S_ISDIR(found.st_mode):
        return "it is a link, or not a folder"
    if found.st_uid not in owners:
        return f"it belongs to user {found.st_uid}, and this is user {user}"
    if found.st_mode & (_OTHERS if private else _OTHERS_WRITE):
        return f"its mode is {stat.S_IMODE(found.st_mode):04o}, which lets others in"
    return None


def fault_of_writers(folder: Path, user: int) -> str | None:
    """Why another user could add files to a folder or redirect it; None if nobody can. Raises OSError."""
    for found in (folder.lstat(), folder.stat()):  # the link itself, and its target
        if found.st_uid not in {user, _ROOT}:
            return f"it belongs to user {found.st_uid}, and this is user {user}"
    return "everybody may write to it" if folder.stat().st_mode & stat.S_IWOTH else None


@contextlib.contextmanager
def private_folder_at(folder: Path, *, make: bool = False) -> Iterator[int]:
    """A descriptor of `build/local` or the like: owned by this user, private, and not replaceable by others.

    With `make` the folder and its parent are created, or others' rights removed. Raises UntrustedError and OSError.
    """
    outer = folder.parent
    if make:
        outer.parent.mkdir(parents=True, exist_ok=True)
    with (
        opened(outer.parent, []) as root,
        _checked_folder(root, outer, private=False, make=make) as within,
        _checked_folder(within, folder, private=True, make=make) as at,
    ):
        yield at


def private_folder(folder: Path) -> Path:
    """This folder, created with mode 0700 or with others' rights removed. Raises UntrustedError and OSError."""
    with private_folder_at(folder, make=True):
        return folder


@contextlib.contextmanager
def _checked_folder(at: int, path: Path, *, private: bool, make: bool) -> Iterator[int]:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path.name, 0o700 if private else 0o755, dir_fd=at)
    else:  # must not be opened if it belongs to another user
        _check(os.stat(path.name, dir_fd=at, follow_symlinks=False), path, private=private)
    try:
        folder = os.open(path.name, _FOLDER, dir_fd=at)
    except OSError:
        _check(os.stat(path.name, dir_fd=at, follow_symlinks=False), path, private=private)
        raise
    try:
        if make:
            _remove_rights(folder, private=private)
        _check(os.fstat(folder), path, private=private)
        yield folder
    finally:
        os.close(folder)


def _check(found: os.stat_result, path: Path, *, private: bool) -> None:
    fault = fault_of_folder(found, me(), private=private)
    if fault is not None:
        raise UntrustedError(f"{path} is not used: {fault}. Remove it, or work in another folder.")


def _remove_rights(folder: int, *, private: bool) -> None:
    """Remove others' rights from our folder. A private folder that they could write to is left, and so refused."""
    found = os.fstat(folder)
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == me() and not (private and mode & _OTHERS_WRITE):
        os.fchmod(folder, mode & ~(_OTHERS if private else _OTHERS_WRITE))
