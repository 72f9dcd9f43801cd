"""Pairs images with sidecars: a pure decision over one listing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from depthdrop.drop.foreign import FOREIGN_SUFFIXES

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
SIDECAR_SUFFIXES = frozenset({".txt", ".json", ".yaml", ".yml"})
PRESET_STEMS = ("_preset", "_Preset", "_PRESET")  # as people type it; S3 tells small letters from capitals


class Kind(StrEnum):
    """What a key in the inbox is, by its name alone."""

    IMAGE = "image"
    FOREIGN = "foreign"  # a picture in a format that is not taken: with a prompt of its own it is a drop, refused
    SIDECAR = "sidecar"
    OTHER = "other"


_PICTURES = frozenset({Kind.IMAGE, Kind.FOREIGN})


@dataclass(frozen=True, slots=True)
class InboxObject:
    """One current object version. `last_modified` is whole seconds since the epoch; `size` is bytes."""

    key: str
    etag: str
    last_modified: int
    size: int


@dataclass(frozen=True, slots=True)
class Pair:
    """An image and the sidecar that says what to do with it.

    Without a sidecar the image was uploaded with its prompt: `prompt`, as S3 gave it.
    """

    image: InboxObject
    sidecar: InboxObject | None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class TwoSidecars:
    """An image with several sidecars: which one counts is for its owner to say."""

    image: InboxObject
    sidecars: tuple[InboxObject, ...]


@dataclass(frozen=True, slots=True)
class Crowded:
    """An image with so many neighbours that a sidecar among them may not have been listed."""

    image: InboxObject


@dataclass(frozen=True, slots=True)
class Half:
    """An image or sidecar without its other half."""

    file: InboxObject


Pairing = Pair | TwoSidecars | Crowded | Half


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
    """The last suffix with its dot; nothing for a folder marker and for a dotfile.

    Cut as text: a key is not a path, `a//b.jpg`, `a/../b.jpg` and `b.jpg/.` are names like any other.
    """
    stem, _, last = key.rpartition("/")[2].rpartition(".")
    return f".{last}" if stem and last else ""


def sibling_prefix(key: str) -> str:
    """What to list so that every possible half of this key is in it, and little else.

    `a/b.jpg`, `a/b.txt` and `a/b.jpg.txt` all give `a/b.`.
    """
    stem = _without_suffix(key)
    if kind_of(key) is Kind.SIDECAR and kind_of(stem) in _PICTURES:
        stem = _without_suffix(stem)
    return f"{stem}."


def is_preset(key: str) -> bool:
    """Whether this key's settings hold for every image at or below its folder."""
    return suffix_of(key).lower() in SIDECAR_SUFFIXES and _last_name(key) in PRESET_STEMS


def pair(key: str, siblings: Iterable[InboxObject], *, whole: bool = True) -> tuple[Pairing, ...]:
    """Everything that the object at `key` is part of, given the objects that share its prefix.

    `whole` is False when there were more of them than were listed.
    """
    present = {found.key: found for found in siblings}
    if key not in present:
        return ()
    kind = kind_of(key)
    if kind in _PICTURES:
        images = [present[key]]
    elif kind is Kind.SIDECAR:
        images = [found for found in present.values() if key in sidecar_keys_of(found.key, present)]
    else:
        return ()
    if not images:
        return (Half(present[key]),)
    images.sort(key=lambda found: found.key)
    return tuple(_pair_image(image, present) if whole else Crowded(image) for image in images)


def sidecar_keys_of(image_key: str, present: Collection[str]) -> tuple[str, ...]:
    """The keys among `present` that are sidecars of this image, in either spelling.

    Beside an image that is taken, a raw photo or the like has only those that nothing else can have.
    """
    if kind_of(image_key) not in _PICTURES:
        return ()
    stems = {image_key, _without_suffix(image_key)}
    if kind_of(image_key) is Kind.FOREIGN:
        stems -= {stem for key in present if kind_of(key) is Kind.IMAGE for stem in (key, _without_suffix(key))}
    return tuple(sorted(key for key in present if kind_of(key) is Kind.SIDECAR and _without_suffix(key) in stems))


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


def _pair_image(image: InboxObject, present: dict[str, InboxObject]) -> Pairing:
    found = tuple(present[key] for key in sidecar_keys_of(image.key, present))
    if not found:
        return Half(image)
    if len(found) > 1:
        return TwoSidecars(image, found)
    return Pair(image, found[0])


def _last_name(key: str) -> str:
    return _without_suffix(key.rpartition("/")[2])


def _without_suffix(key: str) -> str:
    return key[: len(key) - len(suffix_of(key))]
