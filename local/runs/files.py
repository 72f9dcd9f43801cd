"""Files on this machine, from the inbox and the outbox.

No key and no link leads out of its folder: `depthdrop_cli.stack.no_links` says how.
"""

from pathlib import Path, PurePosixPath

from depthdrop_cli.stack.no_links import remove_below, replace_below
from depthdrop_cli.stack.ownership import PRIVATE, fault_of_writers, me
from local.stack.processes import LocalStackError, explained


def path_of(folder: Path, key: str) -> Path:
    """The file of an object below `folder`. Raises LocalStackError for a key that leads out of it."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in {"..", "."} or "\0" in part for part in parts):
        raise LocalStackError(f"The key {key!r} cannot be a file name here; the object is only in the bucket.")
    return folder.joinpath(*parts)


def write(folder: Path, key: str, content: bytes, mode: int = 0o666) -> Path:
    """Store an object's content as a file, whole or not at all. Raises LocalStackError, FileError."""
    target = path_of(folder, key)
    with explained(f"{target} cannot be written"):
        return replace_below(folder, key, content, mode)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; it replaces a link. Raises OSError."""
    replace_below(path.parent, path.name, text.encode(), PRIVATE)


def remove(folder: Path, key: str) -> Path:
    """Remove the file of an object, if it exists. Raises LocalStackError, FileError."""
    target = path_of(folder, key)
    with explained(f"{target} cannot be removed"):
        remove_below(folder, key)
    return target


def key_of(folder: Path, path: Path) -> str | None:
    """The object key of a file below `folder`; None for hidden files and files in a linked folder."""
    relative = path.relative_to(folder)
    hidden = any(part.startswith(".") for part in relative.parts)
    linked = any((folder / parent).is_symlink() for parent in relative.parents if parent.parts)
    return None if hidden or linked else relative.as_posix()


def make_folder(folder: Path) -> None:
    """Create a folder that no other user can write to, as they could spend money. Raises LocalStackError."""
    with explained(f"The folder {folder} cannot be created"):
        folder.mkdir(parents=True, exist_ok=True)
        fault = fault_of_writers(folder, me())
    if fault is not None:
        raise LocalStackError(f"{folder} is not used: {fault}. Remove it, or name another folder.")
