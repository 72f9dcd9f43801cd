"""The names of things: drops, edits, executions and events, each a hash of what it stands for."""

import hashlib
import json
from collections.abc import Mapping

from depthdrop.pairing import InboxObject, Pair, TwoSidecars


def drop_id(bucket: str, pair: Pair) -> str:
    """One act of dropping: both keys with the versions they had."""
    return _hash([bucket, *_version(pair.image), *_version(pair.sidecar)])


def clash_id(bucket: str, clash: TwoSidecars) -> str:
    """A picture with several sidecars is a drop of its own: one of them may have been bought before."""
    return _hash([bucket, *_version(clash.image), *(part for half in clash.sidecars for part in _version(half))])


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


def _version(half: InboxObject) -> tuple[str, str, str]:
    return half.key, half.etag, str(half.last_modified)


def _hash(parts: list[str]) -> str:
    """Lengths are hashed too, so that no two lists of parts read the same."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(raw)}:".encode())
        digest.update(raw)
    return digest.hexdigest()
