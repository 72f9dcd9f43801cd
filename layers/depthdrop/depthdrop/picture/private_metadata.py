"""A picture's metadata: reads its orientation, and removes everything private, which is never sent upstream.

EXIF, GPS, XMP, thumbnails and comments are removed without decoding the picture. Only parts that are known to make
up the picture are kept, and colour profiles, which decide how it looks. Bytes after the picture's end are removed:
phones put videos with a location there.
"""

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress

from depthdrop.picture.content import Content, Pieces, Span
from depthdrop.picture.parts import Part

UPRIGHT = 1  # stored as it is shown
_ORIENTATION = 0x0112
_READ_BYTES = 1024 * 1024  # of an EXIF block: the orientation is near its beginning
_EXIF_PART = {"jpeg": (0xE1, 4), "png": (b"eXIf", 8), "webp": (b"EXIF", 8)}  # marker or name; bytes before the data
_EXIF_START = b"Exif\0\0"
_FIELD_OF_TYPE = {3: "H", 4: "I"}  # SHORT is standard, some programs write LONG
_JPEG_JFIF, _JPEG_ICC, _JPEG_ADOBE = 0xE0, 0xE2, 0xEE  # APP0, APP2, APP14
_JPEG_KEPT = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xDC, 0xDA, 0xD9})  # SOF0-2 DHT DQT DRI DNL SOS EOI
_JFIF_BYTES = 2 + 2 + 12  # marker, length, and the body before the thumbnail's size
_ADOBE_BYTES = 2 + 2 + 12
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST".split())
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_WEBP_EXIF_AND_XMP_FLAGS = 0x08 | 0x04


def exif_orientation(kind: str, content: Content, parts: Iterable[Part]) -> int:
    """1 to 8 as EXIF 2.32 defines them; 1 if there is none or it cannot be read."""
    wanted, head = _EXIF_PART[kind]
    for name, start, end in parts:
        if name != wanted:
            continue
        block = content[start + head : min(end, start + head + _READ_BYTES)]
        if kind == "jpeg" and not block.startswith(_EXIF_START):
            continue  # XMP has the same marker
        if found := _orientation_in_tiff(block.removeprefix(_EXIF_START)):
            return found
    return UPRIGHT


def _orientation_in_tiff(tiff: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    with suppress(struct.error):
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, offset)
        for at in range(offset + 2, offset + 2 + count * 12, 12):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
            if tag == _ORIENTATION:
                (value,) = struct.unpack_from(f"{order}{_FIELD_OF_TYPE.get(kind, 'H')}", tiff, at + 8)
                return value if 1 <= value <= 8 else None  # the eight EXIF orientations
    return None


def strip(kind: str, content: Content, parts: Iterable[Part]) -> Pieces:
    """The same picture without its private metadata; `kind` is jpeg, png or webp."""
    kept = {"jpeg": _kept_of_jpeg, "png": _kept_of_png, "webp": _kept_of_webp}[kind]
    return Pieces(content, kept(content, parts))


def _kept_of_jpeg(content: Content, parts: Iterable[Part]) -> Iterator[bytes | Span]:
    yield 0, 2
    for marker, start, end in parts:
        body = content[start + 4 : min(end, start + 16)]
        if marker in _JPEG_KEPT or (marker == _JPEG_ICC and body.startswith(b"ICC_PROFILE\0")):
            yield start, end
        elif marker == _JPEG_JFIF and body.startswith(b"JFIF\0") and end - start >= _JFIF_BYTES + 2:
            yield _segment(marker, body[:12] + bytes(2))  # a thumbnail of 0 x 0 pixels
        elif marker == _JPEG_ADOBE and body.startswith(b"Adobe") and end - start >= _ADOBE_BYTES:
            yield _segment(marker, body[:12])


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body


def _kept_of_png(_: Content, parts: Iterable[Part]) -> Iterator[bytes | Span]:
    yield 0, 8
    yield from ((start, end) for name, start, end in parts if name in _PNG_KEPT)


def _kept_of_webp(content: Content, parts: Iterable[Part]) -> Iterator[bytes | Span]:
    chunks = [(name, start, end) for name, start, end in parts if name in _WEBP_KEPT]
    size = sum(end - start + (end - start) % 2 for _, start, end in chunks)
    yield b"RIFF" + struct.pack("<I", len(b"WEBP") + size) + b"WEBP"
    for name, start, end in chunks:
        yield from _flagged(content, start, end) if name == b"VP8X" and end - start > 8 else [(start, end)]
        yield bytes((end - start) % 2)


def _flagged(content: Content, start: int, end: int) -> Iterator[bytes | Span]:
    """A VP8X chunk without the flags that announce EXIF and XMP."""
    [flags] = content[start + 8 : start + 9]
    yield start, start + 8
    yield bytes([flags & ~_WEBP_EXIF_AND_XMP_FLAGS & 0xFF])
    yield start + 9, end
