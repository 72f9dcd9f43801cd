"""Says which counterpart an unpaired file lacks: the names that would match, and the files beside it. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from depthdrop.drop.inbox_keys import Kind, kind_of, stem_of
from depthdrop.drop.pairing import InboxObject
from depthdrop.notices import events

if TYPE_CHECKING:
    from depthdrop.notices.events import Trouble

_NAMED_MAX = 3  # neighbours in a hint
_EXACTLY = "Names must agree letter for letter."


def missing_counterpart(key: str, siblings: Iterable[InboxObject]) -> "Trouble":
    """The error for the unpaired file at `key`; `siblings` is the listing that was searched for its counterpart."""
    folder, _, name = key.rpartition("/")
    stem = stem_of(name)
    places = (found.key.rpartition("/") for found in siblings)
    beside = [other for place, _, other in places if place == folder]
    if kind_of(key) is Kind.IMAGE:
        wanted = f"Drop its prompt beside it as {stem}.txt or {name}.txt, or its settings as .json, .yaml or .yml."
        others = _first(beside, Kind.SIDECAR, Kind.OTHER)
        hint = f"{wanted} {_EXACTLY}" + (
            f" {others} is not its sidecar: the name does not match." if others else ""
        )
        return events.Trouble(code="no_sidecar", message=f"{name} came without a prompt.", hint=hint)
    hint = f"Drop {stem}.jpg, .jpeg, .png or .webp beside it. {_EXACTLY}"
    if kind_of(stem) is Kind.IMAGE:
        hint = f"Drop {stem} beside it. {_EXACTLY}"
    elif kind_of(stem) is Kind.FOREIGN:
        hint = f"Save {stem} as JPEG, PNG or WebP, drop that, and drop this file again under its name."
    if pictures := _first(beside, Kind.IMAGE, Kind.FOREIGN):
        hint += f" {pictures} is not its picture: the name does not match."
    if others := _first(beside, Kind.OTHER):
        hint += f" {others} cannot be edited: save it as JPEG, PNG or WebP."
    return events.Trouble(code="no_image", message=f"{name} came without a picture.", hint=hint)


def _first(names: Iterable[str], *kinds: Kind) -> str:
    """The first names of these kinds, for a sentence; empty if there are none."""
    return " or ".join(sorted(name for name in names if kind_of(name) in kinds)[:_NAMED_MAX])
