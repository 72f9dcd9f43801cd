"""The outbox bucket: results, manifests and receipts are put here."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, BinaryIO

from depthdrop.drop.refusal import Refusal
from depthdrop.outbox_keys import receipt_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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
