"""Short links with which a browser fetches pictures from the stack's buckets itself.

The server sends a browser on instead of handing bytes through: its memory stays flat, whatever pictures weigh. A
link is in no page, event, record or log: only in the answer that sends the browser on, and it dies in minutes.
"""

from urllib.parse import urlsplit

from cli.errors import NotFoundError
from cli.stacks import OperatorStack
from depthdrop import aws
from depthdrop.download_link import disposition
from depthdrop.outbox_keys import manifest_key, receipt_key
from depthdrop.table import Item

LINK_SECONDS = 300
REMEMBERED_SECONDS = 240  # by the browser, so that a page that is shown again fetches nothing again


def origins(stack: OperatorStack) -> list[str]:
    """Where the links lead to, for the page's policy: the two buckets' own addresses and no others."""
    buckets = (stack.submit.inbox.bucket, stack.environment.outbox_bucket)
    parts = [urlsplit(_link(bucket, "x", None)) for bucket in buckets]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def before(stack: OperatorStack, record: Item) -> str:
    """Of the picture as it was dropped. Raises NotFoundError when another one lies there by now, or none."""
    found = stack.submit.inbox.version(record["image_key"])
    if found is None or found.etag != record["image_etag"]:
        raise NotFoundError("The picture as it was dropped is not in the inbox any more.")
    return _link(stack.submit.inbox.bucket, found.key, None)


def after(result: dict[str, str]) -> str:
    return _link(result["bucket"], result["key"], None)


def manifest(result: dict[str, str]) -> str:
    key = manifest_key(result["key"])
    return _link(result["bucket"], key, disposition(key))


def receipt(stack: OperatorStack, image_key: str) -> str:
    outbox = stack.submit.rejection.outbox
    key = receipt_key(outbox.prefix, image_key)
    return _link(outbox.bucket, key, disposition(key))


def _link(bucket: str, key: str, saved_as: str | None) -> str:
    wanted = {"Bucket": bucket, "Key": key}
    if saved_as is not None:
        wanted["ResponseContentDisposition"] = saved_as
    return aws.s3_for_links().generate_presigned_url("get_object", Params=wanted, ExpiresIn=LINK_SECONDS)
