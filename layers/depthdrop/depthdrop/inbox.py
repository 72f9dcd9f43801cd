"""The inbox bucket: lists and reads, never writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from depthdrop.pairing import InboxObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LIST_MAX = 1000  # one page: siblings share a stem, and a thousand of those is no photograph's neighbourhood


class ChangedError(Exception):
    """The object is no longer the version that was listed; its own event starts a new drop."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Reads with If-Match, so that what was checked is what is sent."""

    bucket: str
    s3: "S3Client"

    def siblings(self, prefix: str) -> tuple[InboxObject, ...]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=_LIST_MAX)
        return tuple(
            InboxObject(
                found["Key"],
                found["ETag"].strip('"'),
                int(found["LastModified"].timestamp()),
                int(found["Size"]),
            )
            for found in listed.get("Contents", [])
        )

    def read(self, wanted: InboxObject, max_bytes: int) -> bytes:
        """At most `max_bytes` + 1 bytes of the listed version: one more than allowed tells that it is too long.

        Raises ChangedError when it was overwritten or deleted.
        """
        # A range on an empty object is an error, so one is asked for only when it matters.
        extra: dict[str, Any] = {"Range": f"bytes=0-{max_bytes}"} if wanted.size > max_bytes else {}
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=wanted.key, IfMatch=f'"{wanted.etag}"', **extra)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"PreconditionFailed", "NoSuchKey", "412", "404"}:
                raise ChangedError(wanted.key) from error
            raise
        with answer["Body"] as body:
            content = body.read()
        if len(content) != answer["ContentLength"]:
            raise ConnectionError(f"{wanted.key!r} came short: {len(content)} of {answer['ContentLength']} bytes")
        return content

    def first_of(self, keys: Iterable[str], max_bytes: int) -> tuple[str, bytes] | None:
        """The first of these objects that exists, with its content."""
        for key in keys:
            try:
                answer = self.s3.get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    continue
                raise
            with answer["Body"] as body:
                content = body.read(max_bytes + 1)
            if len(content) != min(answer["ContentLength"], max_bytes + 1):
                raise ConnectionError(f"{key!r} came short: {len(content)} of {answer['ContentLength']} bytes")
            return key, content
        return None
