"""What is remembered of one file in the inbox, by its key; beside the drops, which are acts.

named_by   the pictures whose settings name it as their depth map: such a file is never a drop nor a half
half       the version that waits for its other half, or that waited; on the index for as long as it does
told       the event that said that this file has no other half; see halves.py, which adds what is being told
created_at when that half came, or that was said: its place in the list, where it stands while it is `listed`
receipt    there is a receipt in the outbox that says why its last drop was refused
"""

from dataclasses import dataclass

from depthdrop.drop.pairing import InboxObject
from depthdrop.records.table import KEPT_SECONDS, LISTED, Item, Table

_NAMED_BY_MAX = 20  # pictures that a map brings back when it is dropped: as many as one invocation can work off
_TRIES = 5
# A version is noted once, and never in the place of a newer one that a faster worker has seen.
_IS_NEWER = (
    "attribute_not_exists(#half) OR #half_modified < :modified OR (#half_modified = :modified AND #half <> :half)"
)


def pk_of(key: str) -> str:
    return f"file#{key}"  # 1,029 bytes at most; DynamoDB takes 2,048


def version_of(half: InboxObject) -> str:
    return f"{half.etag} {half.last_modified}"


@dataclass(frozen=True, slots=True)
class Files:
    table: Table

    def get(self, key: str) -> Item:
        """The record; empty when nothing is remembered."""
        return self.table.get(pk_of(key)) or {}

    def wait(self, half: InboxObject, look_at: int) -> tuple[str, ...]:
        """Note that this version waits for its other half, unless pictures name it as their depth map: those.

        One conditional write answers and notes; a version that was noted before keeps its time. At `look_at` sweep
        reports it if it still waits.
        """
        lost = self.table.update(
            pk_of(half.key),
            {**_waiting(half, look_at), "expires_at": look_at + KEPT_SECONDS},
            f"attribute_not_exists(#named_by) AND ({_IS_NEWER})",
            _version_values(half),
        )
        return () if lost is None or lost.found is None else tuple(lost.found.get("named_by", ()))

    def wait_all_the_same(self, half: InboxObject, look_at: int) -> None:
        """As `wait`, for a file that no settings name any more; by whom it was named is not forgotten."""
        self.table.update(pk_of(half.key), _waiting(half, look_at), _IS_NEWER, _version_values(half))

    def name(self, map_key: str, image_key: str) -> None:
        """This picture's settings name that file as its depth map. The latest twenty that did are kept."""
        known = self.get(map_key).get("named_by", [])
        for _ in range(_TRIES):
            if image_key in known:
                return
            lost = self.table.update(
                pk_of(map_key),
                {"named_by": [*known, image_key][-_NAMED_BY_MAX:]},
                "#named_by = :known" if known else "attribute_not_exists(#named_by)",
                {":known": known} if known else {},
                remove=("expires_at",),  # it may have waited as a half, and those are forgotten
            )
            if lost is None:
                return
            known = (lost.found or {}).get("named_by", [])
        raise TimeoutError(f"others kept naming {map_key!r} at the same moment")

    def receipt_left(self, key: str) -> None:
        self.table.update(pk_of(key), {"receipt": True}, "attribute_not_exists(#receipt)")

    def receipt_gone(self, key: str) -> None:
        self.table.update(pk_of(key), {}, "attribute_exists(#receipt)", remove=("receipt",))


def _waiting(half: InboxObject, look_at: int) -> dict[str, object]:
    return {
        "half": version_of(half),
        "half_modified": half.last_modified,
        "open": "half",
        "look_at": look_at,
        "listed": LISTED,
        "created_at": half.last_modified,
    }


def _version_values(half: InboxObject) -> dict[str, object]:
    return {":half": version_of(half), ":modified": half.last_modified}
