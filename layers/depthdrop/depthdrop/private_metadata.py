"""Takes EXIF, GPS, XMP and comments out of a picture without decoding it: they never go upstream.

Only what is known to make up the picture is kept. Colour profiles are, they decide how it looks; what stands behind
the picture's end is not, phones put videos with a location there.
"""

import struct
from collections.abc import Iterable

from depthdrop.picture_parts import jpeg_parts, png_parts, webp_parts

_JPEG_APP = range(0xE0, 0xF0)  # APP0 to APP15
_JPEG_COMMENT = 0xFE
_JPEG_KEPT_APP = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST acTL fcTL fdAT".split()
)
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"}
_WEBP_EXIF_AND_XMP_FLAGS = 0x08 | 0x04


def strip(kind: str, content: bytes) -> bytes:
    """The same picture with its private metadata gone; `kind` is jpeg, png or webp."""
    if kind == "jpeg":
        return _strip_jpeg(content)
    return _strip_png(content) if kind == "png" else _strip_webp(content)


def _strip_jpeg(content: bytes) -> bytes:
    kept = (
        (start, end)
        for marker, start, end in jpeg_parts(content)
        if _is_picture(marker, content[start + 4 : start + 16])
    )
    return _joined(content, [(0, 2), *kept])


def _is_picture(marker: int, beginning: bytes) -> bool:
    if marker in _JPEG_APP:
        return marker in _JPEG_KEPT_APP and beginning.startswith(_JPEG_KEPT_APP[marker])
    return marker != _JPEG_COMMENT


def _strip_png(content: bytes) -> bytes:
    kept = ((start, end) for name, start, end in png_parts(content) if name in _PNG_KEPT)
    return _joined(content, [(0, 8), *kept])


def _strip_webp(content: bytes) -> bytes:
    body = bytearray(b"WEBP")
    for name, start, end in webp_parts(content):
        if name not in _WEBP_KEPT:
            continue
        chunk = bytearray(content[start:end])
        if name == b"VP8X" and len(chunk) > 8:
            chunk[8] &= ~_WEBP_EXIF_AND_XMP_FLAGS & 0xFF
        body += chunk + bytes(len(chunk) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + bytes(body)


def _joined(content: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    view = memoryview(content)  # slices of it are no copies: a picture may have 15 MiB
    return b"".join(view[start:end] for start, end in spans)
