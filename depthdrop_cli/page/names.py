"""Names as people's machines give them, made into keys of the inbox. Pure; a name is never a path."""

import unicodedata

from depthdrop_cli.terminal.errors import UsageError

_NAME_MAX_BYTES = 200  # with its folder it stays far below S3's 1,024, and is a file name on any machine
_FOLDER_MAX_BYTES = 500


def name_of(raw: str) -> str:
    """The file's own name, whatever path it came with. Raises UsageError when nothing is left of it."""
    name = _printable(raw.replace("\\", "/").rpartition("/")[2]).strip().lstrip(".").strip()
    if not name:
        raise UsageError("A file without a name cannot be dropped.")
    return _shortened(name)


def folder_from(raw: str) -> str:
    """`a/b/` of `/a//b`; nothing for the root. Raises UsageError for one that leads upwards or is hidden."""
    parts = [part for part in (_printable(one).strip() for one in raw.split("/")) if part]
    if any(part.startswith(".") or "\\" in part for part in parts):
        raise UsageError("A folder's name has no backslash and does not begin with a dot.")
    folder = "".join(f"{part}/" for part in parts)
    if len(folder.encode()) > _FOLDER_MAX_BYTES:
        raise UsageError(f"The folder's name is longer than {_FOLDER_MAX_BYTES} bytes.")
    return folder


def _printable(text: str) -> str:
    """Without what cannot be seen: line breaks, marks that turn the direction of letters, halves of characters."""
    return "".join(one for one in unicodedata.normalize("NFC", text) if one.isprintable())


def _shortened(name: str) -> str:
    if len(name.encode()) <= _NAME_MAX_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    ending = f"{dot}{suffix}".encode()
    if not stem or len(ending) > _NAME_MAX_BYTES // 2:
        raise UsageError(f"A file's name may have {_NAME_MAX_BYTES} bytes.")
    return stem.encode()[: _NAME_MAX_BYTES - len(ending)].decode("utf-8", "ignore") + ending.decode()
