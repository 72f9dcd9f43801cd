"""The names of things: drops, edits, executions and events, each a hash of what it names."""

import hashlib
import json
from collections.abc import Mapping

from depthdrop.drop.pairing import Crowded, InboxObject, Pair, Pairing, TwoSidecars, UnpairedFile


def id_of(bucket: str, pairing: Pairing) -> str:
    """The drop that this pairing makes; of a picture alone, the one that it makes if it carries its prompt."""
    match pairing:
        case Pair():
            return drop_id(bucket, pairing)
        case UnpairedFile(file):
            return drop_id(bucket, Pair(file, None))
        # A clash is a drop of its own: with one of its sidecars the picture may have been bought before.
        case TwoSidecars(image, sidecars):
            return _hash([bucket, *(part for file in (image, *sidecars) for part in _version(file))])
        case Crowded(image):
            return _hash([bucket, *_version(image), "crowded"])


def drop_id(bucket: str, pair: Pair, depth_map: InboxObject | None = None) -> str:
    """One act of dropping: keys and versions, and those of a map that was dropped beside a pair resolved before."""
    files = [file for file in (pair.image, pair.sidecar, depth_map) if file is not None]
    return _hash([bucket, *(part for file in files for part in _version(file))])


def replay_id(drop: str, rerun: str) -> str:
    """A drop that an operator makes of a recorded one, to pay for it once more."""
    return _hash([drop, "replay", rerun])


def edit_id(
    image_digest: str, depth_map_digest: str | None, image_key: str, bought_settings: Mapping[str, object]
) -> str:
    """What is bought. Digests are SHA-256 of the bytes: an ETag changes with encryption and part size."""
    settings = json.dumps(bought_settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _hash([image_digest, depth_map_digest or "", image_key, settings])


def execution_name(edit: str, attempt: int) -> str:
    """At most 80 characters, as Step Functions asks; a closed name is refused for 90 days, hence the number."""
    return f"{edit}-{attempt}"


def event_id(subject: str, attempt: int, event_type: str) -> str:
    """The same for every retry of one notification, so that consumers can drop repeats."""
    return _hash([subject, str(attempt), event_type])[:32]


def _version(file: InboxObject) -> tuple[str, str, str]:
    return file.key, file.etag, str(file.last_modified)


def _hash(parts: list[str]) -> str:
    """Lengths are hashed too, so that no two lists of parts read the same."""
    raw = [part.encode("utf-8", "surrogatepass") for part in parts]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in raw)).hexdigest()
