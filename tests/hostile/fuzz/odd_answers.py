"""Answers that no page of the upstream speaks of: odd statuses, bodies that are no JSON, odd JSON, broken HTTP."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

_KEYS = (
    "id", "task_id", "status", "polling_url", "data", "error", "code", "message", "detail", "result", "sample",
    "seed", "duration", "details", "Moderation Reasons", "fail_reason", "type", "loc", "msg",
)  # fmt: skip
_WORDS = (
    "task-1", "", "Ready", "Pending", "Error", "Task not found", "Marinating", "SUCCESS", "IN_PROGRESS", "success",
    "invalid_request", "model_not_found", "https://delivery.example/x", "http://169.254.169.254/x", "file:///etc/x",
    "quota", "\ud800", "\x00", "a\nb", "x" * 5000, "null", "-1", "😀",
)  # fmt: skip
_ODD_TEXTS = (
    b"", b"null", b"[]", b"{", b'"id"', b"NaN", b"[" * 50_000, b'{"a":' * 20_000, b"1" * 6000, b"-1e999",
    b'{"id": "a", "id": "b"}', b'{"id": ' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00",
    b'{"id": "\\ud800"}', b'{"status": "\\u0000"}', b"<html>login</html>", b"ok, queued", b"\x00" * 100,
    b"data: {}\n\n", b"{}" + b" " * 300_000, gzip.compress(b'{"id": "task-1"}'),
)  # fmt: skip
_REFUSALS = (400, 401, 402, 403, 404, 410, 422, 429, 500, 503)
_OTHERS = (
    201, 202, 203, 204, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 405, 406, 408, 409, 411, 412, 413, 414,
    415, 418, 421, 423, 424, 425, 426, 428, 431, 451, 499, 501, 502, 504, 505, 507, 508, 511, 520, 522, 524, 529,
    530, 598, 599, 600, 777, 999,
)  # fmt: skip
_HEADERS = (
    b"Retry-After: soon", b"Retry-After: -5", b"Retry-After: 9e99", b"Retry-After: Wed, 21 Oct 2099 07:28:00 GMT",
    b"Content-Encoding: gzip", b"Content-Encoding: br", b"Content-Encoding: identity, deflate", b"Location: /x",
    b"Location: https://elsewhere.example/", b"Content-Type: text/html; charset=utf-7", b"Content-Type: ???",
    b"Set-Cookie: a=b", b"X-Odd: \xff\xfe", b"X-Long: " + b"x" * 20_000, b"Connection: close",
)  # fmt: skip
_LINES = (
    b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/2 200 OK", b"ICY 200 OK", b"HTTP/1.1 2x0 OK", b"hello",
    b"\x16\x03\x01",
)  # fmt: skip


@dataclass(frozen=True)
class RawAnswer:
    """`status` is None when the status line is malformed; `whole` means that the answer is well-formed HTTP."""

    status: int | None
    body: bytes
    raw: bytes
    whole: bool

    @property
    def content(self) -> dict[str, Any] | None:
        """The body if it is a JSON object."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


_words = st.sampled_from(_WORDS) | st.text(max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | _words, inner, max_size=4),
    max_leaves=8,
)
_odd_objects = st.dictionaries(st.sampled_from(_KEYS), _values, min_size=1, max_size=6)
_said = st.text(min_size=1, max_size=20) | _words
_looks = st.fixed_dictionaries({"status": _said}, optional={"id": _words, "result": _values, "data": _values})
_results = st.fixed_dictionaries({"sample": _said}, optional={"seed": _values, "duration": _values})
_ready = st.fixed_dictionaries({"status": st.just("Ready"), "result": _results | _values}, optional={"id": _words})
_ids = st.just("task-1") | _words
_tasks = st.fixed_dictionaries({"id": _ids}, optional={"polling_url": _words, "status": _words, "error": _values})
_errors = st.fixed_dictionaries({"error": st.fixed_dictionaries({"code": _words, "message": _words}) | _values})


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()


_no_json = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=50).map(lambda text: text.encode("utf-16", "surrogatepass")),
    st.sampled_from(_ODD_TEXTS),
)
_odd_json = (_values | _odd_objects).map(_encoded)
_any_code = st.one_of(st.just(200), st.sampled_from(_REFUSALS), st.sampled_from(_OTHERS), st.integers(100, 999))
_SORTS: dict[str, tuple[st.SearchStrategy[int], st.SearchStrategy[bytes]]] = {
    "task": (st.sampled_from((200, 201, 202)), _tasks.map(_encoded)),
    "look": (st.sampled_from((200, 200, 503, 404)), _looks.map(_encoded)),
    "ready": (st.just(200), _ready.map(_encoded)),
    "refusal": (st.sampled_from(_REFUSALS), _errors.map(_encoded) | _no_json),
    "no JSON": (_any_code, _no_json),
    "odd JSON": (_any_code, _odd_json),
    "broken": (st.just(200), _no_json | _tasks.map(_encoded)),
}


@st.composite
def answers(draw: st.DrawFn) -> RawAnswer:
    """An odd body in well-formed HTTP or, for the last sort, in HTTP that is broken; or no answer at all."""
    sort = draw(st.sampled_from(list(_SORTS)))
    code, body = draw(_SORTS[sort][0]), draw(_SORTS[sort][1])
    headers = draw(st.lists(st.sampled_from(_HEADERS), max_size=2))
    if sort == "broken":
        return RawAnswer(None, body, draw(_broken(headers, body)), whole=False)
    length = b"Content-Length: %d" % len(body)
    return RawAnswer(code, body, _http(b"HTTP/1.1 %d Odd" % code, [*headers, length], body), whole=True)


def _broken(headers: list[bytes], body: bytes) -> st.SearchStrategy[bytes]:
    too_long = b"Content-Length: %d" % (len(body) + 9)
    framings = (too_long, b"Content-Length: -1", b"Content-Length: x", b"Transfer-Encoding: chunked", b"no colon")
    return st.one_of(
        st.sampled_from((b"", b"HTTP/1.1 200 OK\r\n")),
        st.sampled_from(_LINES).map(lambda line: _http(line, headers, body)),
        st.sampled_from(framings).map(lambda framing: _http(b"HTTP/1.1 200 OK", [framing], body)),
    )


def _http(line: bytes, headers: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join([line, *headers, b"", body])
