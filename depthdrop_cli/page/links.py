"""Short links with which a browser fetches pictures from the stack's buckets itself.

The server sends a browser on instead of handing bytes through: its memory stays flat, whatever pictures weigh. A
link is in no page, event, record or log: only in the answer that sends the browser on, and it dies in minutes.

Each link says what the browser takes the object for. The type that it was stored with is its uploader's word: an
object stored as text/html under `a.jpg` would be a page of the bucket's origin, and its script would run there.
"""

from urllib.parse import urlsplit

from depthdrop import aws
from depthdrop.drop.formats import FORMAT_OF_SUFFIX
from depthdrop.drop.keys import suffix_of
from depthdrop.notices.download_link import disposition
from depthdrop.outbox import manifest_key, receipt_key
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import NotFoundError

LINK_SECONDS = 300
_JSON, _ANY_BYTES = "application/json", "application/octet-stream"
REMEMBERED_SECONDS = 240  # by the browser, so that a page that is shown again fetches nothing again


def origins(stack: OperatorStack) -> list[str]:
    """Where the links lead to, for the page's policy: the two buckets' own addresses and no others."""
    buckets = (stack.submit.inbox.bucket, stack.environment.outbox_bucket)
    parts = [urlsplit(_saved(bucket, "x", _ANY_BYTES)) for bucket in buckets]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def before(stack: OperatorStack, record: EditRecord | DropRecord) -> str:
    """Of the picture as it was dropped. Raises NotFoundError when another one lies there by now, or none.

    A record names an edit once its picture was checked: then its bytes are what its suffix says. Of a drop that was
    refused before, nobody knows what they are: an `<img>` shows them if they are a picture, and who follows the
    link saves a file that no browser opens.
    """
    bucket, found = stack.submit.inbox.bucket, stack.submit.inbox.version(record["image_key"])
    if found is None or found.etag != record["image_etag"]:
        raise NotFoundError("The picture as it was dropped is not in the inbox any more.")
    kind = FORMAT_OF_SUFFIX.get(suffix_of(found.key).lower())
    if kind is None or "edit_id" not in record:
        return _saved(bucket, found.key, _ANY_BYTES)
    return _link(bucket, found.key, f"image/{kind}", "inline")


def after(result: dict[str, str]) -> str:
    return _link(result["bucket"], result["key"], result["content_type"], "inline")


def manifest(result: dict[str, str]) -> str:
    return _saved(result["bucket"], manifest_key(result["key"]), _JSON)


def receipt(stack: OperatorStack, image_key: str) -> str:
    outbox = stack.submit.rejection.outbox
    return _saved(outbox.bucket, receipt_key(outbox.prefix, image_key), _JSON)


def _saved(bucket: str, key: str, content_type: str) -> str:
    return _link(bucket, key, content_type, "attachment")


def _link(bucket: str, key: str, content_type: str, how: str) -> str:
    wanted = {
        "Bucket": bucket,
        "Key": key,
        "ResponseContentType": content_type,
        "ResponseContentDisposition": disposition(key, how),
    }
    return aws.s3_for_links().generate_presigned_url("get_object", Params=wanted, ExpiresIn=LINK_SECONDS)
