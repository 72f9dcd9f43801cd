"""Reads and writes files without following symbolic links, which may have been planted and lead to any file.

Only a path that the user typed is followed (`read_named`). Files that are found by name, beside a picture or below
a folder, are refused if they are links, FIFOs or devices (`read_below`). Hard links cannot be distinguished.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from depthdrop_cli.terminal.errors import CliError

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # opening a FIFO without a writer would block
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FileError(CliError):
    """A file that cannot be read or written; the message names it and says why."""


def read_named(path: Path) -> bytes:
    """A file that was typed on the command line; links are followed. Raises FileError."""
    try:
        return _content(os.open(path, _READ), path)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error


def read_below(folder: Path, name: str) -> bytes:
    """The regular file `name` (`a/b.txt`) below a folder. Raises FileError for a link in any part of it."""
    *parents, last = PurePosixPath(name).parts
    path = folder / name
    try:
        with opened(folder, parents) as at:
            return _content(_opened_at(at, last, _READ, path), path)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error


def names_in(folder: Path) -> list[str]:
    """Names in a folder except of folders. Links are included, so that they are refused and not overlooked."""
    return sorted(entry.name for entry in os.scandir(folder) if not entry.is_dir(follow_symlinks=False))


def names_below(folder: Path) -> Iterator[str]:
    """`a/b.txt` for everything below except folders. Hidden names are left out, linked folders not entered."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if not any(part.startswith(".") for part in name.parts) and (path.is_symlink() or not path.is_dir()):
            yield name.as_posix()


def replace_below(folder: Path, name: str, content: bytes, mode: int = 0o666) -> Path:
    """Store a file atomically. Raises OSError, and FileError for a linked folder.

    The new file replaces whatever has the name: a link itself is replaced, and its target is left alone.
    """
    *parents, last = PurePosixPath(name).parts
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder, parents, make=True) as at:
        replace_at(at, last, content, mode)
    return folder / name


def replace_at(at: int, name: str, content: bytes, mode: int) -> None:
    """`replace_below` in a folder that is already open. Raises OSError."""
    partial = f".{secrets.token_hex(8)}.part"
    file = os.open(partial, _NEW, mode, dir_fd=at)
    try:
        with os.fdopen(file, "wb") as new:
            new.write(content)
        os.replace(partial, name, src_dir_fd=at, dst_dir_fd=at)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial, dir_fd=at)
        raise


def remove_below(folder: Path, name: str) -> None:
    """Remove a file, or the link in its place. Raises OSError, and FileError for a linked folder."""
    *parents, last = PurePosixPath(name).parts
    with contextlib.suppress(FileNotFoundError), opened(folder, parents) as at:
        os.unlink(last, dir_fd=at)


@contextlib.contextmanager
def opened(folder: Path, parents: list[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder below `folder` by these names. `folder` was typed and may itself be a link."""
    at = os.open(folder, _FOLDER)
    try:
        here = folder
        for part in parents:
            here /= part
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=at)
            below = _opened_at(at, part, _FOLDER, here)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def _opened_at(at: int, name: str, flags: int, path: Path) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=at)
    except OSError:
        if stat.S_ISLNK(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
            raise FileError(
                f"{path} is a link, and links are not followed here: put a copy of the file in its place."
            ) from None
        raise


def _content(descriptor: int, path: Path) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileError(f"{path} is not a regular file and is not read: put a file in its place.")
        return file.read()
