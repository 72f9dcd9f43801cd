"""Depth maps: pictures that the settings of other pictures name. They are neither drops nor unpaired files.

The file that a picture's settings name is known when its drop is first seen; then the file's own record keeps the
picture's key. The drop's record says whether it is still true, because sidecars are replaced and deleted.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from depthdrop.drop import identities
from depthdrop.drop.pairing import InboxObject, Pair, UnpairedFile
from depthdrop.inbox.bucket import Inbox
from depthdrop.records.drops import Drops
from depthdrop.records.files import Files

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord


def is_depth_map(inbox: Inbox, files: Files, drops: Drops, key: str) -> bool:
    """Whether the settings of a picture that is in the inbox name this file."""
    image_keys = files.get(key).get("named_by", ())
    return any(names(drop, key) for _, drop in namings(inbox, drops, image_keys))


def namings(inbox: Inbox, drops: Drops, image_keys: Iterable[str]) -> "Iterator[tuple[Pair, DropRecord | None]]":
    """Those of these pictures that are stored with settings, and their drops' records; None before one was seen."""
    for image_key in image_keys:
        for found in inbox.pairings(image_key):
            # A picture without a sidecar may carry its prompt: only the drop's record says so, not a listing.
            pair = Pair(found.file, None) if isinstance(found, UnpairedFile) else found
            if isinstance(pair, Pair):
                yield pair, drops.get(identities.drop_id(inbox.bucket, pair))


def names(drop: "DropRecord | None", key: str) -> bool:
    """Whether this drop was resolved with the file at `key` as its depth map."""
    return drop is not None and drop.get("map_key") == key


def depth_map_of(drop: "DropRecord") -> InboxObject | None:
    """The version of the depth map that this drop was resolved with."""
    if "map_etag" not in drop:
        return None
    return InboxObject(drop["map_key"], drop["map_etag"], drop["map_last_modified"], drop["map_size"])
