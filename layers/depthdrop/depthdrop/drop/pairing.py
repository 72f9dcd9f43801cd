"""Pairs images with sidecars, by their names: pure decisions over one listing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from depthdrop.drop.inbox_keys import PICTURES, Kind, kind_of, stem_of


@dataclass(frozen=True, slots=True)
class InboxObject:
    """One current object version. `last_modified` is whole seconds since the epoch; `size` is bytes."""

    key: str
    etag: str
    last_modified: int
    size: int


@dataclass(frozen=True, slots=True)
class Pair:
    """An image and its sidecar; without one the image was uploaded with its prompt: `prompt`, as S3 gave it."""

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
class UnpairedFile:
    """An image or sidecar without its counterpart."""

    file: InboxObject


Pairing = Pair | TwoSidecars | Crowded | UnpairedFile


def sidecar_keys_of(image_key: str, present: Collection[str]) -> tuple[str, ...]:
    """The keys among `present` that are sidecars of this image, in either spelling."""
    if kind_of(image_key) not in PICTURES:
        return ()
    stems = {image_key, stem_of(image_key)}
    if kind_of(image_key) is Kind.FOREIGN:
        # Beside an image that is taken, a raw photo or the like has only those that nothing else can have.
        stems -= {stem for key in present if kind_of(key) is Kind.IMAGE for stem in (key, stem_of(key))}
    return tuple(sorted(key for key in present if kind_of(key) is Kind.SIDECAR and stem_of(key) in stems))


def pair(key: str, siblings: Iterable[InboxObject], *, whole: bool = True) -> tuple[Pairing, ...]:
    """What the object at `key` is part of, given those with its prefix; not `whole` if some were not listed."""
    present = {found.key: found for found in siblings}
    if key not in present:
        return ()
    kind = kind_of(key)
    if kind in PICTURES:
        images = [present[key]]
    elif kind is Kind.SIDECAR:
        images = [found for found in present.values() if key in sidecar_keys_of(found.key, present)]
    else:
        return ()
    if not images:
        return (UnpairedFile(present[key]),)
    images.sort(key=lambda found: found.key)
    return tuple(_pair_image(image, present) if whole else Crowded(image) for image in images)


def _pair_image(image: InboxObject, present: dict[str, InboxObject]) -> Pairing:
    found = tuple(present[key] for key in sidecar_keys_of(image.key, present))
    if len(found) > 1:
        return TwoSidecars(image, found)
    return Pair(image, found[0]) if found else UnpairedFile(image)
