"""Answers of the upstream, as they are observed."""

import json

from depthdrop.upstream.answer import Answer


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """Bytes and text are sent unchanged, anything else as JSON; `retry_after=...` is a header."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, raw, {name.replace("_", "-"): value for name, value in headers.items()})
