"""Content encodings that hide a large body in a small one, nested up to eight deep."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import product

from tests.hostile.network.download_server import Manner
from tests.hostile.network.downloads import chunk, says

MIB = 1024 * 1024
_HIDDEN = 64 * MIB


def _deflated(content: bytes) -> bytes:
    return zlib.compress(content, 9)


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzipped,
    "x-gzip": _gzipped,
    "deflate": _deflated,
}
# Without a packer here: what the header says decides, whatever the body is.
_ONLY_NAMED = ("br", "zstd", "compress", "identity, br", "aws-chunked, gzip", "GZIP", "made-up", "gzip;q=1", "*")
DEEPEST = 8


def _nested(name: str, depth: int) -> bytes:
    body = b'{"id": "task"}' + b" " * _HIDDEN
    for _ in range(depth):
        body = _PACKERS[name](body)
    return body


def _says(status: str, encoding: str, body: bytes, *, in_chunks: bool = False) -> Manner:
    """`encoding` is one header, or several if it has line breaks."""
    lines = [f"HTTP/1.1 {status}", *(f"Content-Encoding: {one}" for one in encoding.split("\n"))]
    lines.append("Transfer-Encoding: chunked" if in_chunks else f"Content-Length: {len(body)}")
    sent = chunk(body) + chunk(b"") if in_chunks else body
    return says("\r\n".join([*lines, "", ""]).encode(), sent)


def encoded_answers() -> Iterator[tuple[str, Manner]]:
    """A name for each answer, and how a server sends it."""
    for name, depth in product(_PACKERS, (1, 2, 3, DEEPEST)):
        body = _nested(name, depth)
        yield f"{name} {depth} deep", _says("200 OK", ", ".join([name] * depth), body)
        yield f"{name} {depth} deep, in chunks", _says("200 OK", ", ".join([name] * depth), body, in_chunks=True)
    yield "gzip in several headers", _says("200 OK", "\n".join(["gzip"] * DEEPEST), _nested("gzip", DEEPEST))
    yield "gzip of an error", _says("500 Oops", "gzip", _nested("gzip", 2))
    for encoding in _ONLY_NAMED:
        yield f"said to be {encoding}", _says("200 OK", encoding, _nested("gzip", 1))
    yield "a gzip that stops", _says("200 OK", "gzip", _nested("gzip", 1)[:-20])
    yield "no gzip", _says("200 OK", "gzip", b'{"id": "task"}')
    yield (
        "a bomb that does not say so",
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *([chunk(b" " * MIB)] * 64), chunk(b"")),
    )
