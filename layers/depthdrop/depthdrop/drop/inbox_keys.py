"""What a key in the inbox is, by its name alone: image, sidecar, preset or other."""

from enum import StrEnum

from depthdrop.drop.foreign import FOREIGN_SUFFIXES
from depthdrop.drop.formats import IMAGE_SUFFIXES

KEY_MAX_BYTES = 1024  # S3's limit on an object key
SIDECAR_SUFFIXES = frozenset({".txt", ".json", ".yaml", ".yml"})
PRESET_STEMS = ("_preset", "_Preset", "_PRESET")  # as people type it; S3 keys are case-sensitive


class Kind(StrEnum):
    """What a key in the inbox is, by its name alone."""

    IMAGE = "image"
    FOREIGN = "foreign"  # a picture in a format that is not taken: with a prompt of its own it is a drop, refused
    SIDECAR = "sidecar"
    OTHER = "other"


PICTURES = frozenset({Kind.IMAGE, Kind.FOREIGN})


def kind_of(key: str) -> Kind:
    """What the key's name says it is. Folder markers and presets are neither image nor sidecar."""
    suffix = suffix_of(key).lower()
    if suffix in SIDECAR_SUFFIXES and _last_name(key).lower() == PRESET_STEMS[0]:
        return Kind.OTHER
    if suffix in IMAGE_SUFFIXES:
        return Kind.IMAGE
    if suffix in FOREIGN_SUFFIXES:
        return Kind.FOREIGN
    return Kind.SIDECAR if suffix in SIDECAR_SUFFIXES else Kind.OTHER


def suffix_of(key: str) -> str:
    """The last suffix with its dot; nothing for a folder marker and for a dotfile."""
    # Cut as text: a key is not a path, and `a//b.jpg`, `a/../b.jpg` and `b.jpg/.` are names like any other.
    stem, _, last = key.rpartition("/")[2].rpartition(".")
    return f".{last}" if stem and last else ""


def sibling_prefix(key: str) -> str:
    """What to list to see all possible counterparts of a key: `a/b.` for `a/b.jpg`, `a/b.txt` and `a/b.jpg.txt`."""
    stem = stem_of(key)
    if kind_of(key) is Kind.SIDECAR and kind_of(stem) in PICTURES:
        stem = stem_of(stem)
    return f"{stem}."


def is_preset(key: str) -> bool:
    """Whether this key's settings hold for every image at or below its folder."""
    return suffix_of(key).lower() in SIDECAR_SUFFIXES and _last_name(key) in PRESET_STEMS


def preset_folders(image_key: str, prefix: str = "") -> tuple[str, ...]:
    """The folders whose presets hold for this image, from the root (the inbox prefix) down to its own."""
    folders = [prefix]
    for part in image_key.removeprefix(prefix).split("/")[:-1]:
        folders.append(f"{folders[-1]}{part}/")
    return tuple(folders)


def sibling_key(key: str, name: str) -> str:
    """The key of the file of this name in the same folder."""
    folder, slash, _ = key.rpartition("/")
    return f"{folder}{slash}{name}"


def folder_of(key: str) -> str:
    """The folder without its slash; the root is `/`, because SNS refuses an empty attribute."""
    return key.rpartition("/")[0].strip("/") or "/"


def stem_of(key: str) -> str:
    """The key without its last suffix."""
    return key[: len(key) - len(suffix_of(key))]


def _last_name(key: str) -> str:
    return stem_of(key.rpartition("/")[2])
