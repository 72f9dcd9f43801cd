"""Takes EXIF, GPS, XMP and comments out of a picture without decoding it: they never go upstream.

Colour profiles stay, they decide how the picture looks.
"""

import struct

from depthdrop.image_check import jpeg_segments, png_chunks, webp_chunks

_JPEG_KEPT_APP = {0xE0, 0xE2, 0xEE}  # JFIF, ICC profile, Adobe colour transform
_JPEG_COMMENT = 0xFE
_PNG_DROPPED = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_DROPPED = {b"EXIF", b"XMP "}
_WEBP_EXIF_AND_XMP_FLAGS = 0x08 | 0x04


def strip(kind: str, content: bytes) -> bytes:
    """The same picture with its private metadata gone; `kind` is jpeg, png or webp."""
    if kind == "jpeg":
        return _strip_jpeg(content)
    return _strip_png(content) if kind == "png" else _strip_webp(content)


def _strip_jpeg(content: bytes) -> bytes:
    kept = [content[:2]]
    last = 2
    for marker, start, end in jpeg_segments(content):
        is_app = 0xE0 <= marker <= 0xEF  # APP0 to APP15
        icc_only = marker != 0xE2 or content[start + 4 : start + 16] == b"ICC_PROFILE\0"  # APP2
        if marker != _JPEG_COMMENT and (not is_app or (marker in _JPEG_KEPT_APP and icc_only)):
            kept.append(content[start:end])
        last = end
    return b"".join([*kept, content[last:]])


def _strip_png(content: bytes) -> bytes:
    kept = [content[start:end] for name, start, end in png_chunks(content) if name not in _PNG_DROPPED]
    return b"".join([content[:8], *kept])


def _strip_webp(content: bytes) -> bytes:
    body = bytearray(b"WEBP")
    for name, start, end in webp_chunks(content):
        if name in _WEBP_DROPPED:
            continue
        chunk = bytearray(content[start:end])
        if name == b"VP8X":
            chunk[8] &= ~_WEBP_EXIF_AND_XMP_FLAGS & 0xFF
        body += chunk + bytes(len(chunk) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + bytes(body)
