"""A link in an event with which its reader may fetch the picture, without an AWS account.

A new one is made each time an event is published: the link is in no record, manifest or log.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from depthdrop.notices import events
from depthdrop.outbox import RESULT_ENDING_MAX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NAME_MAX_BYTES = 200  # file systems take 255, and each byte may take five characters in the link
_NOT_IN_QUOTES = frozenset('"\\%')  # browsers read these in different ways


@dataclass(frozen=True, slots=True)
class DownloadLinks:
    """Signs with the credentials of the role that publishes. A link dies with them, if they end before it does."""

    s3: "S3Client"
    hours: int
    clock: Callable[[], float] = time.time

    def added_to(self, event: "events.Event") -> "events.Event":
        """The event with a link in it; one without a result is returned unchanged."""
        if not isinstance(event.data, events.SucceededData):
            return event
        result = event.data.result
        seconds = self.hours * 3600
        expires_at = events.moment(int(self.clock()) + seconds)
        url = self.s3.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": result.bucket,
                "Key": result.key,
                # By the bytes that came, whatever type the object was stored with.
                "ResponseContentType": result.content_type,
                "ResponseContentDisposition": disposition(result.key),
            },
            ExpiresIn=seconds,
        )
        return event.with_data(download=events.Download(url=url, expires_at=expires_at))


def disposition(key: str, what: str = "attachment") -> str:
    """Has a browser save the picture under its name (RFC 6266), whatever the key: one line of ASCII.

    As `inline` it is shown, and saved under that name when its reader wants so.
    """
    name = _short("".join(char if char.isprintable() and char != "\\" else "_" for char in key.rpartition("/")[2]))
    plain = "".join(char if char.isascii() and char not in _NOT_IN_QUOTES else "_" for char in name)
    return f"{what}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _short(name: str) -> str:
    """What tells one result from another is kept whole."""
    if len(name.encode()) <= _NAME_MAX_BYTES:
        return name
    start = name[:-RESULT_ENDING_MAX].encode()[: _NAME_MAX_BYTES - len(name[-RESULT_ENDING_MAX:].encode())]
    return start.decode("utf-8", "ignore") + name[-RESULT_ENDING_MAX:]
