"""Files of this machine that go into the inbox and come out of the outbox; no key leads out of its folder."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from local.processes import LocalStackError


def path_of(folder: Path, key: str) -> Path:
    """Where an object is kept below `folder`. Raises LocalStackError for a key that would leave it."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in {"..", "."} or "\0" in part for part in parts):
        raise LocalStackError(f"The key {key!r} cannot be a file name here; the object stays in the bucket.")
    return folder.joinpath(*parts)


def write(folder: Path, key: str, content: bytes) -> Path:
    """Store an object's content as a file, whole or not at all."""
    target = path_of(folder, key)
    partial = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise LocalStackError(f"{target} cannot be written: {error.strerror}.") from error
    return target


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
    """Take away the file that an object was stored as; it may be gone already."""
    target = path_of(folder, key)
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise LocalStackError(f"{target} cannot be removed: {error.strerror}.") from error
    return target


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalStackError(f"{path} cannot be read: {error.strerror}.") from error


def droppable(folder: Path) -> Iterator[tuple[str, Path]]:
    """Key and path of every file below `folder` that people dropped there; hidden ones are the system's."""
    for path in sorted(folder.rglob("*")):
        key = key_of(folder, path)
        if key is not None and path.is_file():
            yield key, path


def key_of(folder: Path, path: Path) -> str | None:
    """The object key of a file below `folder`; None for hidden files and for links, which may lead anywhere."""
    relative = path.relative_to(folder)
    hidden = any(part.startswith(".") for part in relative.parts)
    return None if hidden or path.is_symlink() else relative.as_posix()


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalStackError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def fresh(folder: Path, name: str) -> Path:
    """A path in `folder` where nothing stands yet: what an earlier run left there is removed."""
    make_folder(folder)
    try:
        (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise LocalStackError(f"{folder / name} cannot be replaced: {error.strerror}.") from error
    return folder / name
