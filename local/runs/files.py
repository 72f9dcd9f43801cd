"""Files of this machine that go into the inbox and come out of the outbox.

No key leads out of its folder, and no link does: `depthdrop_cli.stack.no_links` says how.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from depthdrop_cli.stack.no_links import FileError, names_below, read_below, remove_below, replace_below
from depthdrop_cli.stack.ownership import fault_of_writers, me
from local.stack.processes import LocalStackError


def path_of(folder: Path, key: str) -> Path:
    """Where an object is kept below `folder`. Raises LocalStackError for a key that would leave it."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in {"..", "."} or "\0" in part for part in parts):
        raise LocalStackError(f"The key {key!r} cannot be a file name here; the object stays in the bucket.")
    return folder.joinpath(*parts)


def write(folder: Path, key: str, content: bytes, mode: int = 0o666) -> Path:
    """Store an object's content as a file, whole or not at all. Raises LocalStackError."""
    target = path_of(folder, key)
    with _told(f"{target} cannot be written"):
        return replace_below(folder, key, content, mode)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises OSError.

    A link of that name is replaced and not followed.
    """
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")  # of mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(partial).replace(path)
    except OSError:
        Path(partial).unlink(missing_ok=True)
        raise


def remove(folder: Path, key: str) -> Path:
    """Take away the file that an object was stored as; it may be gone already. Raises LocalStackError."""
    target = path_of(folder, key)
    with _told(f"{target} cannot be removed"):
        remove_below(folder, key)
    return target


def read(folder: Path, key: str) -> bytes:
    """The file that an object is made of or was stored as. Raises LocalStackError, for a link too."""
    target = path_of(folder, key)
    with _told(f"{target} cannot be read"):
        return read_below(folder, key)


def droppable(folder: Path) -> Iterator[str]:
    """The key of every file below `folder` that people dropped there, and of links: `read` refuses those."""
    return names_below(folder)


def key_of(folder: Path, path: Path) -> str | None:
    """The object key of a file below `folder`; None for hidden files and for what a linked folder leads to."""
    relative = path.relative_to(folder)
    hidden = any(part.startswith(".") for part in relative.parts)
    linked = any((folder / parent).is_symlink() for parent in relative.parents if parent.parts)
    return None if hidden or linked else relative.as_posix()


def make_folder(folder: Path) -> None:
    """A folder of ours: a user who may write to the inbox may spend. Raises LocalStackError."""
    with _told(f"The folder {folder} cannot be made"):
        folder.mkdir(parents=True, exist_ok=True)
        fault = fault_of_writers(folder, me())
    if fault is not None:
        raise LocalStackError(f"{folder} is not used: {fault}. Remove it, or name another folder.")


def fresh(folder: Path, name: str) -> Path:
    """An empty file in `folder`, in place of what an earlier run left there. Raises LocalStackError."""
    make_folder(folder)
    return write(folder, name, b"")


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except FileError as error:
        raise LocalStackError(str(error)) from error
    except OSError as error:
        raise LocalStackError(f"{what}: {error.strerror}.") from error
