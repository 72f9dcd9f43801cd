"""The observation of one HTTP exchange, and CometAPI's JSON answers in each shape that was met so far."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from depthdrop.drop.refusal import one_line

_MESSAGE_MAX = 500
_RETRY_AFTER_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No complete answer. `detail` is a class name, never text from outside.

    Not `started`: no byte of the request was sent (DNS, connection refused, TLS, connect timeout). Otherwise the
    answer was lost: a timeout, a reset or a broken answer after the request started.
    """

    detail: str
    started: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with its capped body. Header names are lower case."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Observation = Answer | NoAnswer


def is_encoded(content_encoding: str) -> bool:
    """Whether this header (or several, joined by commas) says that the body has a content encoding.

    `aws-chunked` is none: it is the framing of an upload, which S3 keeps in the header.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    """
    return bool({name.strip().lower() for name in content_encoding.split(",")} - {"", "identity", "aws-chunked"})


def json_object(answer: Answer) -> Mapping[str, object] | None:
    """The body as a JSON object, or None: HTML, text and lists are not answers."""
    try:
        parsed = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def error_body(answer: Answer) -> tuple[str, str]:
    """Code and message from CometAPI's error object or FastAPI's list of details; empty if there are none."""
    body = json_object(answer) or {}
    error = body.get("error")
    if isinstance(error, dict):
        return _text(error.get("code")), _text(error.get("message"))
    detail = body.get("detail")
    if isinstance(detail, list):
        return "", "; ".join(filter(None, (_detail(entry) for entry in detail[:5])))[:_MESSAGE_MAX]
    return _text(body.get("code")), _text(detail) or _text(body.get("message"))


def retry_after_seconds(answer: Answer) -> float | None:
    """The Retry-After header in seconds, at most an hour; None if it is missing or not a number of seconds."""
    try:
        seconds = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _RETRY_AFTER_MAX) if math.isfinite(seconds) and seconds >= 0 else None


def _detail(entry: object) -> str:
    if not isinstance(entry, dict):
        return ""
    where = entry.get("loc")
    parts = where[1:6] if isinstance(where, list) else []
    path = ".".join(_text(str(part)) for part in parts if isinstance(part, str | int))
    message = _text(entry.get("msg"))
    return f"{path}: {message}" if path else message


def _text(value: object) -> str:
    """Text from outside, as one short line: it is written to logs, events and receipts."""
    return one_line(value, _MESSAGE_MAX, spelled=False).strip() if isinstance(value, str) else ""
