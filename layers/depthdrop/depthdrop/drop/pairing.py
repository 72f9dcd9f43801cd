"""Pairs images with sidecars: a pure decision over one listing."""

from collections.abc import Iterable
from dataclasses import dataclass

from depthdrop.drop.inbox_keys import PICTURES, Kind, kind_of, sidecar_keys_of


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
