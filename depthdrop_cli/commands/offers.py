"""Files of this machine that are to be uploaded, and the inbox as it would be with them."""

import base64
import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from depthdrop.drop.formats import IMAGE_SUFFIXES
from depthdrop.drop.inbox_keys import PICTURES, SIDECAR_SUFFIXES, Kind, is_preset, kind_of
from depthdrop.drop.pairing import InboxObject, sidecar_keys_of
from depthdrop.inbox.bucket import ChangedError, Inbox, Listing
from depthdrop_cli.stack.no_links import names_below, names_in, read_below, read_named
from depthdrop_cli.terminal.errors import CliError, UsageError

_PROMPT_MAX_BYTES = 1900  # S3 accepts 2 KB of metadata in all, as sent


@dataclass(frozen=True, slots=True)
class Offer:
    """One file and its key in the inbox. `prompt` is stored with a picture as metadata, already encoded."""

    key: str
    content: bytes
    modified: int
    prompt: str | None = None

    @property
    def version(self) -> InboxObject:
        etag = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        return InboxObject(self.key, etag, self.modified, len(self.content))

    @property
    def is_picture(self) -> bool:
        return kind_of(self.key) in PICTURES


@dataclass(frozen=True, slots=True)
class OfferedInbox(Inbox):
    """The inbox overlaid with files that are not uploaded yet, so that submit's own code can read them."""

    offers: Mapping[str, Offer]

    def siblings(self, prefix: str) -> Listing:
        listed = Inbox.siblings(self, prefix)
        own = {offer.key: offer.version for offer in self.offers.values() if offer.key.startswith(prefix)}
        return Listing(tuple(({file.key: file for file in listed.objects} | own).values()), listed.whole)

    def version(self, key: str) -> InboxObject | None:
        return self.offers[key].version if key in self.offers else Inbox.version(self, key)

    def prompt_of(self, image: InboxObject) -> str | None:
        return self.offers[image.key].prompt if image.key in self.offers else Inbox.prompt_of(self, image)

    def _chunks(self, wanted: InboxObject, max_bytes: int) -> Iterator[bytes]:
        offer = self.offers.get(wanted.key)
        if offer is None:
            yield from Inbox._chunks(self, wanted, max_bytes)  # noqa: SLF001  # its own base
        elif offer.version != wanted:
            raise ChangedError(wanted.key)
        else:
            yield offer.content[: max_bytes + 1]


def gather(paths: Sequence[Path], below: str, prompt: str | None, sidecar: Path | None) -> dict[str, Offer]:
    """Every file of these paths, by key. A picture that is named alone includes the sidecars beside it."""
    if prompt is not None and sidecar is not None:
        raise UsageError("Give --prompt or --sidecar, not both.")
    if sidecar is not None and kind_of(f"a{sidecar.suffix}") is not Kind.SIDECAR:
        raise UsageError(
            f"{sidecar.name} is not a sidecar; their names end in {', '.join(sorted(SIDECAR_SUFFIXES))}."
        )
    named = dict(_named(paths, alone=prompt is not None or sidecar is not None))
    if not any(kind_of(key) in PICTURES for key in named):
        raise UsageError(
            f"There is no picture among these files; names of pictures end in {', '.join(sorted(IMAGE_SUFFIXES))}."
        )
    metadata, now = None if prompt is None else _as_metadata(prompt), int(time.time())
    offers = []
    for name, content in named.items():
        is_picture = kind_of(name) in PICTURES
        offers.append(Offer(f"{below}{name}", content, now, metadata if is_picture else None))
        if sidecar is not None and is_picture:
            offers.append(Offer(f"{below}{name}{sidecar.suffix}", read_named(sidecar), now))
    return {offer.key: offer for offer in offers}


def in_order(offers: Mapping[str, Offer]) -> list[Offer]:
    """Presets, then sidecars, then pictures: when a picture's event arrives, its other files are there."""
    return sorted(offers.values(), key=lambda offer: (offer.is_picture, not is_preset(offer.key), offer.key))


def _named(paths: Sequence[Path], *, alone: bool) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if path.is_dir():
            files = list(names_below(path))
            yield from (
                (name, read_below(path, name)) for name in files if _is_part_of_drop(name, files, alone=alone)
            )
        elif path.exists():
            yield path.name, _read_typed(path)
            if not alone:
                beside = sidecar_keys_of(path.name, names_in(path.parent))
                yield from ((name, read_below(path.parent, name)) for name in beside)
        else:
            raise CliError(f"{path} does not exist.")


def _read_typed(path: Path) -> bytes:
    """Follow a link only for a picture, which the user typed and whose content is checked before it is sent.

    A sidecar may come from a shell's `*`, and any text could be sent as a prompt: only --sidecar follows a link.
    """
    return read_named(path) if kind_of(path.name) in PICTURES else read_below(path.parent, path.name)


def _is_part_of_drop(name: str, names: Collection[str], *, alone: bool) -> bool:
    """Whether a folder's file is part of a drop. Sidecars are not if one prompt or sidecar is given for all.

    A raw photo or the like is part of one only with a sidecar that belongs to no other file: it is then refused.
    """
    kind = kind_of(name)
    if kind is Kind.FOREIGN:
        return not alone and bool(sidecar_keys_of(name, names))
    return kind is Kind.IMAGE or is_preset(name) or (kind is Kind.SIDECAR and not alone)


def _as_metadata(prompt: str) -> str:
    """The prompt as a header value (one line of ASCII), encoded by RFC 2047 if needed. Raises UsageError."""
    plain = prompt.isascii() and prompt.isprintable() and "=?" not in prompt and prompt == prompt.strip()
    text = prompt if plain else f"=?utf-8?b?{base64.b64encode(prompt.encode()).decode()}?="
    if not prompt.strip() or len(text) > _PROMPT_MAX_BYTES:
        raise UsageError(
            "The prompt is empty or too long to be stored with a picture; put it into a file, with --sidecar."
        )
    return text
