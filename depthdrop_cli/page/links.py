"""Short-lived links with which the browser fetches pictures directly from the stack's buckets.

The server redirects the browser instead of passing bytes through, so its memory does not grow with the pictures. A
link is in no page, event, record or log, only in the redirect, and expires in minutes.

Each link sets the content type. The stored type is chosen by the uploader and is not trusted: an object stored as
text/html under `a.jpg` would be a page of the bucket's origin, and its script would run there.
"""

from urllib.parse import urlsplit

from depthdrop import aws
from depthdrop.drop.formats import FORMAT_OF_SUFFIX
from depthdrop.drop.inbox_keys import suffix_of
from depthdrop.notices.download_link import disposition
from depthdrop.outbox import manifest_key, receipt_key
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import NotFoundError

LINK_SECONDS = 300
_JSON, _ANY_BYTES = "application/json", "application/octet-stream"
CACHED_SECONDS = 240  # by the browser, so that it does not fetch pictures again for a page shown again


def origins(stack: OperatorStack) -> list[str]:
    """The origins of the links for the page's policy: only those of the two buckets."""
    buckets = (stack.submit.inbox.bucket, stack.environment.outbox_bucket)
    parts = [urlsplit(_link(bucket, "x", _ANY_BYTES)) for bucket in buckets]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def before(stack: OperatorStack, record: EditRecord | DropRecord) -> str:
    """The link to the picture as it was dropped. Raises NotFoundError if it was replaced or removed since.

    A record has an edit_id only after its picture was checked, so its content matches its suffix. The content of a
    drop that was refused before is unknown: `<img>` shows it if it is a picture, and following the link saves a
    file that no browser opens.
    """
    bucket, found = stack.submit.inbox.bucket, stack.submit.inbox.version(record["image_key"])
    if found is None or found.etag != record["image_etag"]:
        raise NotFoundError("The picture as it was dropped is not in the inbox any more.")
    kind = FORMAT_OF_SUFFIX.get(suffix_of(found.key).lower())
    if kind is None or "edit_id" not in record:
        return _link(bucket, found.key, _ANY_BYTES)
    return _link(bucket, found.key, f"image/{kind}", "inline")


def after(result: dict[str, str]) -> str:
    return _link(result["bucket"], result["key"], result["content_type"], "inline")


def manifest(result: dict[str, str]) -> str:
    return _link(result["bucket"], manifest_key(result["key"]), _JSON)


def receipt(stack: OperatorStack, image_key: str) -> str:
    outbox = stack.submit.rejection.outbox
    return _link(outbox.bucket, receipt_key(outbox.prefix, image_key), _JSON)


def _link(bucket: str, key: str, content_type: str, how: str = "attachment") -> str:
    wanted = {
        "Bucket": bucket,
        "Key": key,
        "ResponseContentType": content_type,
        "ResponseContentDisposition": disposition(key, how),
    }
    return aws.s3_for_links().generate_presigned_url("get_object", Params=wanted, ExpiresIn=LINK_SECONDS)
