"""What an unpaired file lacks, in words: the names that would be taken, and what stands beside it. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from depthdrop.drop.keys import Kind, kind_of, stem_of
from depthdrop.drop.pairing import InboxObject
from depthdrop.notices import events

if TYPE_CHECKING:
    from depthdrop.notices.events import Trouble

_NAMED_MAX = 3  # neighbours: a hint stays a hint


def missing_half(key: str, siblings: Iterable[InboxObject]) -> "Trouble":
    """`siblings` is the listing that was searched for the other half of the file at `key`."""
    folder, _, name = key.rpartition("/")
    beside = [one.key.rpartition("/")[2] for one in siblings if one.key.rpartition("/")[0] == folder]
    if kind_of(key) is Kind.IMAGE:
        strangers = [other for other in beside if kind_of(other) in {Kind.SIDECAR, Kind.OTHER}]
        return events.Trouble(
            code="no_sidecar",
            message=f"{name} came without a prompt.",
            hint=_sentences(_wanted_sidecar(name), _no_sidecars(strangers)),
        )
    strangers = [other for other in beside if kind_of(other) is not Kind.SIDECAR]
    return events.Trouble(
        code="no_image",
        message=f"{name} came without a picture.",
        hint=_sentences(_wanted_image(name), _no_images(strangers)),
    )


def _wanted_sidecar(name: str) -> str:
    stem = stem_of(name)
    return (
        f"Drop its prompt beside it as {stem}.txt or {name}.txt, or its settings as .json, .yaml or .yml. "
        "Names must agree letter for letter."
    )


def _wanted_image(name: str) -> str:
    stem = stem_of(name)
    if kind_of(stem) is Kind.IMAGE:
        return f"Drop {stem} beside it. Names must agree letter for letter."
    if kind_of(stem) is Kind.FOREIGN:
        return f"Save {stem} as JPEG, PNG or WebP, drop that, and drop this file again under its name."
    return f"Drop {stem}.jpg, .jpeg, .png or .webp beside it. Names must agree letter for letter."


def _no_sidecars(strangers: list[str]) -> str:
    return f"By its name {_first(strangers)} is none of its sidecars." if strangers else ""


def _no_images(strangers: list[str]) -> str:
    pictures = [name for name in strangers if kind_of(name) in {Kind.IMAGE, Kind.FOREIGN}]
    others = [name for name in strangers if kind_of(name) is Kind.OTHER]
    return _sentences(
        f"By its name {_first(pictures)} is another's picture." if pictures else "",
        f"{_first(others)} cannot be edited: save it as JPEG, PNG or WebP." if others else "",
    )


def _first(names: list[str]) -> str:
    return " or ".join(sorted(names)[:_NAMED_MAX])


def _sentences(*found: str) -> str:
    return " ".join(one for one in found if one)
