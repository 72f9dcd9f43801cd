"""Reads the one thing that matters in a picture's EXIF: how it is to be turned."""

import struct
from collections.abc import Iterator

from depthdrop.picture.content import Content
from depthdrop.picture.parts import jpeg_parts, png_parts, webp_parts

UPRIGHT = 1  # the picture is stored as it is seen
_ORIENTATION = 0x0112
_READ_BYTES = 1024 * 1024  # of a block: what says how to turn stands at its beginning
_FIELD_OF_TYPE = {3: "H", 4: "I"}  # SHORT as EXIF asks, LONG as some writers have it


def exif_orientation(kind: str, content: Content) -> int:
    """1 to 8 as EXIF 2.32 defines them; 1 when there is none or it cannot be read."""
    for tiff in _blocks(kind, content):
        found = _orientation_in_tiff(tiff)
        if found:
            return found
    return UPRIGHT


def _blocks(kind: str, content: Content) -> Iterator[bytes]:
    if kind == "jpeg":
        for marker, start, end in jpeg_parts(content):
            if marker == 0xE1 and content[start + 4 : start + 10] == b"Exif\0\0":
                yield content[start + 10 : end]
    else:
        wanted = b"eXIf" if kind == "png" else b"EXIF"
        chunks = png_parts(content) if kind == "png" else webp_parts(content)
        for name, start, end in chunks:
            if name == wanted:
                body = content[start + 8 : min(end, start + 8 + _READ_BYTES)]
                yield body.removeprefix(b"Exif\0\0")


def _orientation_in_tiff(tiff: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, offset)
        for index in range(count):
            at = offset + 2 + index * 12
            tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
            if tag == _ORIENTATION:
                (value,) = struct.unpack_from(f"{order}{_FIELD_OF_TYPE.get(kind, 'H')}", tiff, at + 8)
                return value if 1 <= value <= 8 else None  # the eight EXIF orientations
    except struct.error:
        return None
    return None
