"""Lists the parts of a JPEG, PNG or WebP file in their order, without decoding the picture.

Bytes between the parts or after the picture's end belong to no part: phones put videos and more pictures there.
"""

import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

from depthdrop.picture.content import Content

Part = tuple[int | bytes, int, int]  # a JPEG marker or a chunk name, start, end

PARTS_MAX = 20_000  # real pictures have a few thousand; millions of empty parts would take minutes
_READ_MAX = 1_000_000  # a PNG of 100 MiB has some ten thousand
JPEG_SCAN = 0xDA
JPEG_END = 0xD9
_JPEG_NEEDED = frozenset({0xC4, 0xDB, JPEG_SCAN})  # Huffman tables, quantisation tables, coded data
_JPEG_WITHOUT_LENGTH = {0x01, 0xD8, JPEG_END}
# In a scan, FF is followed by 00 or by a restart marker; any other FF starts the next part.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_WEBP_PICTURES = {b"VP8 ", b"VP8L", b"ANMF"}
_READ_BYTES = 256 * 1024  # at once


def jpeg_parts(content: Content) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment; a scan's segment includes its data. ITU-T T.81, annex B."""
    at = 2
    while found := _next_marker(content, at):
        start, marker = found
        at = start + 2
        if marker not in _JPEG_WITHOUT_LENGTH:
            length = int.from_bytes(content[at : at + 2], "big")
            if length < 2:
                return
            at += length
        if marker == JPEG_SCAN:
            after = _next_marker(content, at)
            at = after[0] if after else len(content)
        yield marker, start, at
        if marker == JPEG_END:
            return


def _next_marker(content: Content, at: int) -> tuple[int, int] | None:
    """Position and value of the next marker. It is usually near, but in a scan it may be many MiB away."""
    size = 64
    while at < len(content):
        block = content[at : at + size + 1]  # one byte more, because a marker has two
        if found := _JPEG_MARKER.search(block):
            return at + found.start(), block[found.start() + 1]
        at += size
        size = min(size * 4, _READ_BYTES)
    return None


def png_parts(content: Content) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, end) of each chunk, checksum included, up to IEND. PNG specification, section 5."""
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            return
        yield name, at, end
        if name == b"IEND":
            return
        at = end


def webp_parts(content: Content) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, end) of each RIFF chunk, without its padding byte. WebP container specification."""
    at, last = 12, min(_webp_end(content), len(content))
    while at + 8 <= last:
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + length
        if end > last:
            return
        yield content[at : at + 4], at, end
        at = end + length % 2


_PARTS: dict[str, Callable[[Content], Iterator[Part]]] = {"jpeg": jpeg_parts, "png": png_parts, "webp": webp_parts}


def parts_of(kind: str, content: Content) -> tuple[Part, ...]:
    """The picture's parts, or the first `PARTS_MAX` + 1 if there are too many."""
    return tuple(islice(_PARTS[kind](content), PARTS_MAX + 1))


def is_whole(kind: str, content: Content, parts: tuple[Part, ...]) -> bool:
    """Whether the picture's data and its end are there and undamaged, as far as is known without decoding."""
    names = [name for name, _, _ in parts]
    if kind == "jpeg":
        return _JPEG_NEEDED.issubset(names) and names[-1] == JPEG_END
    if kind == "png":
        return b"IDAT" in names and names[-1] == b"IEND" and _checksums_are_right(content, parts)
    return has_end(kind, content) and any(name in _WEBP_PICTURES for name in names)


def has_end(kind: str, content: Content) -> bool:
    """Whether the picture's own end is there: less than `is_whole` checks, in constant memory."""
    if kind == "webp":
        return len(content) >= 12 and _webp_end(content) <= len(content)
    last = deque(islice(_PARTS[kind](content), _READ_MAX), maxlen=1)
    return bool(last) and last[0][0] in {JPEG_END, b"IEND"}


def _checksums_are_right(content: Content, parts: tuple[Part, ...]) -> bool:
    """Checks the parts that no decoder may ignore: their names begin with a capital (PNG specification, 5.4)."""
    return all(
        _checksum(content, start + 4, end - 4) == int.from_bytes(content[end - 4 : end], "big")
        for name, start, end in parts
        if isinstance(name, bytes) and name[:1].isupper()
    )


def _checksum(content: Content, start: int, end: int) -> int:
    found = 0
    for at in range(start, end, _READ_BYTES):
        found = zlib.crc32(content[at : min(at + _READ_BYTES, end)], found)
    return found


def _webp_end(content: Content) -> int:
    return 8 + int.from_bytes(content[4:8], "little")
