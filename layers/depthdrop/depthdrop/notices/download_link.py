"""Adds a link to an event, so that its reader can fetch the picture without an AWS account.

Each publish makes a new link: no record, manifest or log holds one.
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
_NOT_IN_QUOTES = frozenset('"\\%')  # browsers differ in how they read these


@dataclass(frozen=True, slots=True)
class DownloadLinks:
    """Signs with the credentials of the role that publishes. A link expires with them, or after `hours`."""

    s3: "S3Client"
    hours: int
    clock: Callable[[], float] = time.time

    def added_to(self, event: "events.Event") -> "events.Event":
        """The event with a link to its result; an event without a result is returned unchanged."""
        if not isinstance(event.data, events.SucceededData):
            return event
        result, seconds = event.data.result, self.hours * 3600
        expires_at = events.moment(int(self.clock()) + seconds)
        url = self.s3.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": result.bucket,
                "Key": result.key,
                # Read from the picture's bytes, whatever type the object was stored with.
                "ResponseContentType": result.content_type,
                "ResponseContentDisposition": disposition(result.key),
            },
            ExpiresIn=seconds,
        )
        return event.with_data(download=events.Download(url=url, expires_at=expires_at))


def disposition(key: str, kind: str = "attachment") -> str:
    """Content-Disposition (RFC 6266) with the picture's name, in one line of ASCII whatever the key.

    A browser saves an `attachment`; it shows a picture that is `inline`, and saves it under this name on request.
    """
    name = _short("".join(char if char.isprintable() and char != "\\" else "_" for char in key.rpartition("/")[2]))
    plain = "".join(char if char.isascii() and char not in _NOT_IN_QUOTES else "_" for char in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _short(name: str) -> str:
    """Shorten the start of a long name; the ending, in which results differ, is kept whole."""
    if len(name.encode()) <= _NAME_MAX_BYTES:
        return name
    start = name[:-RESULT_ENDING_MAX].encode()[: _NAME_MAX_BYTES - len(name[-RESULT_ENDING_MAX:].encode())]
    return start.decode("utf-8", "ignore") + name[-RESULT_ENDING_MAX:]
