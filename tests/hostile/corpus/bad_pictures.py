"""Pictures that must not be paid for."""

import struct
import zlib

from tests.hostile.corpus.bad import Bad, bad_picture
from tests.support import pictures
from tests.support.cameras import exif_block, webp_chunk, with_chunks
from tests.support.foreign_files import FOREIGN_FILES
from tests.support.scripted import picture

_JPEG, _PNG, _WEBP = (pictures.plain(kind) for kind in ("jpeg", "png", "webp"))
_MIB = 1024 * 1024


def _cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def _changed(content: bytes, marker: bytes, offset: int, put: bytes) -> bytes:
    """The content with other bytes so far behind the first of these marks."""
    at = content.index(marker) + offset
    return content[:at] + put + content[at + len(put) :]


def _sideways_and_damaged() -> bytes:
    """Its container is sound, its data is not; it is decoded only because it has to be turned."""
    header, data = _PNG[:33], zlib.compress(bytes(9))
    return with_chunks(
        "png", header + pictures.png_chunk(b"IDAT", data) + _PNG[-12:], pictures.png_chunk(b"eXIf", exif_block(6))
    )


def _webp_of_two_sizes() -> bytes:
    """A canvas that the checks would pass, and a larger picture behind it."""
    canvas = webp_chunk(b"VP8X", b"\0\0\0\0" + struct.pack("<I", 319)[:3] + struct.pack("<I", 263)[:3])
    frame = _changed(_WEBP, b"\x9d\x01\x2a", 3, struct.pack("<HH", 9000, 9000))[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(frame)) + b"WEBP" + canvas + frame


# The unit tests know more of them.
_OWN_NAMES = (".heic", ".gif", ".nef", ".dng", ".psd", ".jxl", ".svg")
_WRONG_NAMES = (".heic", ".avif", ".tif", ".cr2", ".jp2", ".pdf", ".svg")
UNDER_THEIR_OWN_NAME = [
    bad_picture(f"a {suffix} file", "unsupported_format", FOREIGN_FILES[suffix][0], f"a{suffix}")
    for suffix in _OWN_NAMES
]
UNDER_A_WRONG_NAME = [
    bad_picture(f"a {suffix} file named .jpg", "unsupported_format", FOREIGN_FILES[suffix][0])
    for suffix in _WRONG_NAMES
]
NO_PICTURES = [
    bad_picture("an empty file", "empty_file", b""),
    bad_picture("text named .jpg", "not_an_image", b"a watercolour of a garden"),
    bad_picture("an error in JSON named .png", "not_an_image", b'{"error": "not found"}', "a.png"),
    bad_picture("a web page named .jpg", "unsupported_format", b"<!DOCTYPE html><title>404</title>"),
    bad_picture("a GIF named .png", "unsupported_format", FOREIGN_FILES[".gif"][0], "a.png"),
    bad_picture("a huge raw photo named .jpg", "unsupported_format", b"II*\0\x10\0\0\0CR\x02\0" + bytes(16 * _MIB)),
    bad_picture("something unknown named .heic", "unsupported_format", b"what may this be", "a.heic"),
    bad_picture("something unknown named .jfif", "not_an_image", b"what may this be", "a.jfif"),
    bad_picture("a PNG named .jpg", "wrong_extension", _PNG),
    bad_picture("a JPEG named .PNG", "wrong_extension", _JPEG, "a.PNG"),
    bad_picture("a WebP named .jpeg", "wrong_extension", _WEBP, "a.jpeg"),
    bad_picture("a JPEG named .heic", "wrong_extension", _JPEG, "a.heic"),
    bad_picture("a JPEG named .jfif", "wrong_extension", _JPEG, "a.jfif"),
]
DAMAGED = [
    bad_picture("a JPEG cut in its header", "damaged_image", _cut(_JPEG, 0.03)),
    bad_picture("a JPEG cut in its scan", "damaged_image", _cut(_JPEG, 0.8)),
    bad_picture("a JPEG without its end", "damaged_image", _JPEG[:-2]),
    bad_picture("a JPEG whose end is zeros", "damaged_image", _cut(_JPEG, 0.8).ljust(len(_JPEG), b"\0")),
    bad_picture("a JPEG without its tables", "damaged_image", _JPEG.replace(b"\xff\xdb", b"\xff\xfe")),
    bad_picture("a JPEG that is no pixel high", "damaged_image", _changed(_JPEG, b"\xff\xc0", 5, b"\0\0")),
    bad_picture("a JPEG of two colour channels", "damaged_image", _changed(_JPEG, b"\xff\xc0", 9, b"\2")),
    bad_picture(
        "a JPEG of two sizes",
        "damaged_image",
        _JPEG[:-2] + pictures.jpeg_segment(0xC0, b"\x08\x40\0\x40\0\x01\x01\x11\0") + b"\xff\xd9",
    ),
    bad_picture("a JPEG in a million parts", "damaged_image", with_chunks("jpeg", _JPEG, b"\xff\xfe\0\2" * _MIB)),
    bad_picture("only a PNG's signature", "damaged_image", _PNG[:8], "a.png"),
    bad_picture("a PNG cut in its data", "damaged_image", _cut(_PNG, 0.7), "a.png"),
    bad_picture("a PNG without data", "damaged_image", _PNG[:33] + _PNG[-12:], "a.png"),
    bad_picture("a PNG with a bit turned", "damaged_image", _changed(_PNG, b"IDAT", 20, b"\x55\x55"), "a.png"),
    bad_picture("a PNG with two headers", "damaged_image", _PNG[:33] + _PNG[8:], "a.png"),
    bad_picture("a PNG as Apple's tools pack it", "damaged_image", _changed(_PNG, b"IHDR", 0, b"CgBI"), "a.png"),
    bad_picture("a PNG that is sideways and damaged", "damaged_image", _sideways_and_damaged(), "a.png"),
    bad_picture("a WebP without its last byte", "damaged_image", _WEBP[:-1], "a.webp"),
    bad_picture("a WebP without a picture", "damaged_image", b"RIFF\x04\0\0\0WEBP", "a.webp"),
    bad_picture("a WebP of two sizes", "damaged_image", _webp_of_two_sizes(), "a.webp"),
]
UNFIT = [
    bad_picture("an animated PNG", "animated_image", pictures.animated("png"), "a.png"),
    bad_picture("an animated WebP", "animated_image", pictures.animated("webp"), "a.webp"),
    bad_picture("a JPEG in CMYK", "cmyk_image", pictures.plain("jpeg", pictures.drawing("CMYK"))),
    bad_picture("a JPEG in arithmetic coding", "unusual_jpeg", _JPEG.replace(b"\xff\xc0", b"\xff\xc9")),
    bad_picture("a lossless JPEG", "unusual_jpeg", _JPEG.replace(b"\xff\xc0", b"\xff\xc3")),
    bad_picture("a JPEG of 12 bits", "unusual_jpeg", _changed(_JPEG, b"\xff\xc0", 4, b"\x0c")),
    bad_picture("a side of 255 pixels", "image_too_small", picture(size=(255, 300))),
    bad_picture("a row over 20 megapixels", "image_too_many_pixels", pictures.png_header(5000, 4001), "a.png"),
    bad_picture("a bomb", "image_too_many_pixels", pictures.png_header(60_000, 60_000), "a.png"),
    bad_picture("a byte over 15 MiB", "image_too_large", _JPEG.ljust(15 * _MIB + 1, b"\0")),
]
BAD_PICTURES: list[Bad] = [*UNDER_THEIR_OWN_NAME, *UNDER_A_WRONG_NAME, *NO_PICTURES, *DAMAGED, *UNFIT]
