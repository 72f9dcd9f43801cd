"""What is remembered of one file in the inbox, by its key; beside the drops, which are acts.

named_by   the pictures whose settings name it as their depth map: such a file is never a drop nor a half
half       the version that waits for its other half, and `waits_since` when it was first seen waiting
receipt    there is a receipt in the outbox that says why its last drop was refused
"""

from dataclasses import dataclass

from depthdrop.pairing import InboxObject
from depthdrop.table import Item, Table

_NAMED_BY_MAX = 20  # pictures that a map brings back when it is dropped: as many as one invocation can work off
_TRIES = 5


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

    def wait(self, half: InboxObject, now: int) -> tuple[str, ...]:
        """Note that this version waits for its other half, unless pictures name it as their depth map: those.

        One conditional write answers and notes; a version that waits already keeps its time.
        """
        lost = self.table.update(
            pk_of(half.key),
            {"half": version_of(half), "waits_since": now},
            "attribute_not_exists(#named_by) AND (attribute_not_exists(#half) OR #half <> :half)",
            {":half": version_of(half)},
        )
        return () if lost is None or lost.found is None else tuple(lost.found.get("named_by", ()))

    def wait_all_the_same(self, half: InboxObject, now: int) -> None:
        """As `wait`, for a file that no settings name any more."""
        self.table.update(
            pk_of(half.key),
            {"half": version_of(half), "waits_since": now},
            "attribute_not_exists(#half) OR #half <> :half",
            {":half": version_of(half)},
        )

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
            )
            if lost is None:
                return
            known = (lost.found or {}).get("named_by", [])
        raise TimeoutError(f"others kept naming {map_key!r} at the same moment")

    def receipt_left(self, key: str) -> None:
        self.table.update(pk_of(key), {"receipt": True}, "attribute_not_exists(#receipt)")

    def receipt_gone(self, key: str) -> None:
        self.table.update(pk_of(key), {}, "attribute_exists(#receipt)", remove=("receipt",))
