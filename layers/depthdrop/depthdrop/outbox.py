"""The outbox bucket: results, manifests and receipts are put here, each edit's always at the same keys."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from depthdrop.drop.formats import FORMATS
from depthdrop.drop.inbox_keys import KEY_MAX_BYTES, stem_of
from depthdrop.drop.refusal import Refusal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RESULT_ENDING_MAX = len("-0123abcd.webp")  # by which the results of one picture differ


@dataclass(frozen=True, slots=True)
class Outbox:
    bucket: str
    prefix: str
    s3: "S3Client"

    def put_picture(self, key: str, content: BinaryIO, content_type: str) -> str:
        """Store the picture and return its ETag."""
        content.seek(0)
        stored = self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=content_type)
        return stored["ETag"].strip('"')

    def put_json(self, key: str, value: Mapping[str, object]) -> None:
        body = json.dumps(value, ensure_ascii=False, indent=2).encode()
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def put_receipt(self, image_key: str, refusal: Refusal) -> str:
        """Leave a note beside where the result would have been; returns its key."""
        key = receipt_key(self.prefix, image_key)
        self.put_json(key, {"image": image_key, "charged": False, **asdict(refusal)})
        return key

    def remove_receipt(self, image_key: str) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=receipt_key(self.prefix, image_key))


def result_key(prefix: str, image_key: str, edit: str, output_format: str) -> str:
    """`{folder}/{stem}-{edit_id[:8]}.{ext}` below the outbox prefix."""
    return _fit(f"{prefix}{stem_of(image_key)}", f"-{edit[:8]}{FORMATS[output_format].suffix}")


def manifest_key(result: str) -> str:
    return f"{result.rsplit('.', 1)[0]}.json"


def receipt_key(prefix: str, image_key: str) -> str:
    return _fit(f"{prefix}{image_key}", ".rejected.json")


def _fit(start: str, end: str) -> str:
    """Shorten the middle of a key that would be too long for S3, without cutting a character in two."""
    whole = start.encode()
    room = KEY_MAX_BYTES - len(end.encode()) - 4  # 4: `.json` is up to one byte longer than what it replaces
    if len(whole) <= room:
        return start + end
    # A hash replaces what is cut off, so that no two long keys share a result or a receipt.
    mark = f"~{sha256(whole).hexdigest()[:16]}"
    return whole[: room - len(mark)].decode("utf-8", "ignore") + mark + end
