"""Takes EXIF, GPS, XMP, thumbnails and comments out of a picture without decoding it: they never go upstream.

Only what is known to make up the picture is kept. Colour profiles are, they decide how it looks; what stands behind
the picture's end is not, phones put videos with a location there.
"""

import struct
from collections.abc import Iterable

from depthdrop.picture_parts import jpeg_parts, png_parts, webp_parts

_JPEG_JFIF, _JPEG_ICC, _JPEG_ADOBE = 0xE0, 0xE2, 0xEE  # APP0, APP2, APP14
_JPEG_KEPT = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xDC, 0xDA, 0xD9})  # SOF0-2 DHT DQT DRI DNL SOS EOI
_JFIF_BYTES = 2 + 2 + 12  # marker, length, and the body without the size of its thumbnail and the thumbnail
_ADOBE_BYTES = 2 + 2 + 12
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST".split())
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_WEBP_EXIF_AND_XMP_FLAGS = 0x08 | 0x04


def strip(kind: str, content: bytes) -> bytes:
    """The same picture with its private metadata gone; `kind` is jpeg, png or webp."""
    if kind == "jpeg":
        return _strip_jpeg(content)
    return _strip_png(content) if kind == "png" else _strip_webp(content)


def _strip_jpeg(content: bytes) -> bytes:
    view = memoryview(content)  # slices of it are no copies: a picture may have 15 MiB
    kept = [view[:2]]
    for marker, start, end in jpeg_parts(content):
        body = bytes(view[start + 4 : min(end, start + 16)])
        if marker in _JPEG_KEPT or (marker == _JPEG_ICC and body.startswith(b"ICC_PROFILE\0")):
            kept.append(view[start:end])
        elif marker == _JPEG_JFIF and body.startswith(b"JFIF\0") and end - start >= _JFIF_BYTES + 2:
            kept.append(_segment(marker, body[:12] + bytes(2)))  # its own thumbnail is 0 x 0 pixels now
        elif marker == _JPEG_ADOBE and body.startswith(b"Adobe") and end - start >= _ADOBE_BYTES:
            kept.append(_segment(marker, body[:12]))
    return b"".join(kept)


def _segment(marker: int, body: bytes) -> memoryview:
    return memoryview(bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body)


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
