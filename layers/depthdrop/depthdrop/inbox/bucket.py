"""The inbox bucket: lists and reads, never writes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from depthdrop.drop.inbox_keys import PRESET_STEMS, Kind, is_preset, kind_of, sibling_prefix
from depthdrop.drop.pairing import InboxObject, Pairing, pair
from depthdrop.picture.content import CHUNK_BYTES, Spooled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

_LIST_MAX = 1000  # one page: siblings share a stem, and no photograph has a thousand
_GONE = frozenset({"PreconditionFailed", "NoSuchKey", "412", "404"})


class ChangedError(Exception):
    """The object is no longer the version that was listed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The objects with one prefix; not `whole` if there are more than were listed."""

    objects: tuple[InboxObject, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """Reads with If-Match, so that the version that was checked is the version that is sent."""

    bucket: str
    s3: "S3Client"

    def pairings(self, key: str) -> tuple[Pairing, ...]:
        """Everything that the object at `key` is part of now; empty if the object is gone."""
        if kind_of(key) is Kind.OTHER:
            return ()
        siblings = self.siblings(sibling_prefix(key))
        return pair(key, siblings.objects, whole=siblings.whole)

    def siblings(self, prefix: str) -> Listing:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=_LIST_MAX)
        objects = (_inbox_object(found["Key"], found, found["Size"]) for found in listed.get("Contents", []))
        return Listing(tuple(objects), whole=not listed.get("IsTruncated"))

    def presets(self, folder: str) -> Listing:
        """The presets of one folder, in every spelling."""
        # S3 charges for each listing. One is enough unless a thousand names in the folder begin with `_`.
        starts = tuple(f"{folder}{stem}." for stem in PRESET_STEMS)
        listings = [self.siblings(f"{folder}_")]
        if not listings[0].whole:
            listings = [self.siblings(start) for start in starts]
        listed = (found for listing in listings for found in listing.objects)
        presets = tuple(found for found in listed if found.key.startswith(starts) and is_preset(found.key))
        return Listing(presets, whole=all(listing.whole for listing in listings))

    def version(self, key: str) -> InboxObject | None:
        """The version that is stored at this key now, or None."""
        return self._head(key)[0]

    def prompt_of(self, image: InboxObject) -> str | None:
        """The image's `x-amz-meta-prompt`, as S3 returns it. Raises ChangedError if this version is not stored."""
        version, metadata = self._head(image.key)
        if version != image:
            raise ChangedError(image.key)
        return {name.lower(): value for name, value in metadata.items()}.get("prompt")

    def _head(self, key: str) -> "tuple[InboxObject | None, Mapping[str, str]]":
        try:
            answer = self.s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None, {}
            raise
        return _inbox_object(key, answer, answer["ContentLength"]), answer["Metadata"]

    def read(self, wanted: InboxObject, max_bytes: int) -> bytes:
        """The listed version, or `max_bytes` + 1 bytes of a larger one. Raises ChangedError when it is gone."""
        return b"".join(self._chunks(wanted, max_bytes))

    def spool(self, wanted: InboxObject, max_bytes: int) -> Spooled:
        """As `read`, into a file, for large objects. Raises OSError when the disk is full."""
        return Spooled(self._chunks(wanted, max_bytes))

    def _chunks(self, wanted: InboxObject, max_bytes: int) -> "Iterator[bytes]":
        # S3 refuses a range of an empty object, so only larger objects are read with one.
        extra: dict[str, Any] = {"Range": f"bytes=0-{max_bytes}"} if wanted.size > max_bytes else {}
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=wanted.key, IfMatch=f'"{wanted.etag}"', **extra)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise ChangedError(wanted.key) from error
            raise
        received = 0
        with answer["Body"] as body:
            while chunk := body.read(CHUNK_BYTES):
                received += len(chunk)
                yield chunk
        if received != answer["ContentLength"]:
            raise ConnectionError(f"{wanted.key!r} came short: {received} of {answer['ContentLength']} bytes")


def _inbox_object(key: str, answer: "Mapping[str, Any]", size: int) -> InboxObject:
    """The time is cut to whole seconds, because HEAD returns no fractions but LIST does."""
    return InboxObject(key, answer["ETag"].strip('"'), int(answer["LastModified"].timestamp()), size)
