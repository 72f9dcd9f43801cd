"""The inbox bucket: lists and reads, never writes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from depthdrop.drop.keys import PRESET_STEMS, Kind, is_preset, kind_of, sibling_prefix
from depthdrop.drop.pairing import InboxObject, Pairing, pair
from depthdrop.picture.content import CHUNK_BYTES, Spooled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

_LIST_MAX = 1000  # one page: siblings share a stem, and a thousand of those is no photograph's neighbourhood
_GONE = frozenset({"PreconditionFailed", "NoSuchKey", "412", "404"})


class ChangedError(Exception):
    """The object is no longer the version that was listed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The objects with one prefix; not `whole` when there were more of them."""

    objects: tuple[InboxObject, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """Reads with If-Match, so that what was checked is what is sent."""

    bucket: str
    s3: "S3Client"

    def pairings(self, key: str) -> tuple[Pairing, ...]:
        """Everything that the object at `key` is part of now; nothing when it is gone."""
        if kind_of(key) is Kind.OTHER:
            return ()
        siblings = self.siblings(sibling_prefix(key))
        return pair(key, siblings.objects, whole=siblings.whole)

    def siblings(self, prefix: str) -> Listing:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=_LIST_MAX)
        objects = (_inbox_object(found["Key"], found, found["Size"]) for found in listed.get("Contents", []))
        return Listing(tuple(objects), whole=not listed.get("IsTruncated"))

    def presets(self, folder: str) -> Listing:
        """The presets of one folder, in any of the spellings that count.

        One listing has them all, unless a thousand other names there begin alike: S3 charges for each.
        """
        beginnings = tuple(f"{folder}{stem}." for stem in PRESET_STEMS)
        listings = [self.siblings(f"{folder}_")]
        if not listings[0].whole:
            listings = [self.siblings(beginning) for beginning in beginnings]
        listed = (one for listing in listings for one in listing.objects)
        found = tuple(one for one in listed if one.key.startswith(beginnings) and is_preset(one.key))
        return Listing(found, whole=all(listing.whole for listing in listings))

    def version(self, key: str) -> InboxObject | None:
        """What is stored at this key now; None when nothing is."""
        return self._head(key)[0]

    def prompt_of(self, image: InboxObject) -> str | None:
        """The `x-amz-meta-prompt` that the image was uploaded with, as S3 gives it.

        Raises ChangedError when it was overwritten, be it with the same bytes, or deleted.
        """
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
        """Reads up to `max_bytes` + 1 bytes of the listed version: if all of them come, it is too large.

        Raises ChangedError when it was overwritten or deleted.
        """
        return b"".join(self._chunks(wanted, max_bytes))

    def spool(self, wanted: InboxObject, max_bytes: int) -> Spooled:
        """The same into a file, for what may be large. Raises OSError when the disk is full."""
        return Spooled(self._chunks(wanted, max_bytes))

    def _chunks(self, wanted: InboxObject, max_bytes: int) -> "Iterator[bytes]":
        # A range on an empty object is an error, so one is asked for only when it matters.
        extra: dict[str, Any] = {"Range": f"bytes=0-{max_bytes}"} if wanted.size > max_bytes else {}
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=wanted.key, IfMatch=f'"{wanted.etag}"', **extra)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise ChangedError(wanted.key) from error
            raise
        came = 0
        with answer["Body"] as body:
            while chunk := body.read(CHUNK_BYTES):
                came += len(chunk)
                yield chunk
        if came != answer["ContentLength"]:
            raise ConnectionError(f"{wanted.key!r} came short: {came} of {answer['ContentLength']} bytes")


def _inbox_object(key: str, answer: "Mapping[str, Any]", size: int) -> InboxObject:
    """LIST gives fractions of a second where HEAD gives none."""
    return InboxObject(key, answer["ETag"].strip('"'), int(answer["LastModified"].timestamp()), size)
