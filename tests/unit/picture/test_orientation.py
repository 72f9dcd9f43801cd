"""How a picture is turned is read from its Exif block, wherever and however that is written."""

import struct

import pytest

from depthdrop.picture.parts import parts_of
from depthdrop.picture.private_metadata import exif_orientation
from depthdrop.settings.models_and_prices import DEPTH
from tests.support import pictures
from tests.support.cameras import exif_block
from tests.unit.picture.files import checked

KINDS = ["jpeg", "png", "webp"]
TIFF = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_read_and_the_size_is_the_stored_size(kind: str, orientation: int) -> None:
    facts = checked("b", pictures.SUFFIX[kind], pictures.sideways(kind, orientation), DEPTH)

    assert facts.orientation == orientation
    assert (facts.width, facts.height) == ((264, 320) if orientation >= 5 else (320, 264))


@pytest.mark.parametrize(
    ("tiff", "orientation"),
    [
        (TIFF, 6),
        (exif_block(5, orientation_type=4), 5),
        (exif_block(7, ">", orientation_type=4), 7),
        (struct.pack("<2sHIHHHIHH", b"II", 42, 8, 1, 0x0112, 3, 1, 8, 0), 8),
        (TIFF.replace(b"\0\x06", b"\0\0"), 1),
        (TIFF.replace(b"\0\x06", b"\0\x09"), 1),
        (TIFF[:12], 1),
        (b"MM\0\x2a\xff\xff\xff\xff", 1),
        (b"MM\0\x2a\0\0\0\x08\xff\xff" + bytes(40), 1),
        (b"XX" + TIFF[2:], 1),
        (b"", 1),
    ],
    ids=[
        "big-endian",
        "little-endian",
        "long, little-endian",
        "long, big-endian",
        "nought",
        "nine",
        "cut off",
        "outside",
        "count lies",
        "no order",
        "empty",
    ],
)
def test_an_orientation_that_cannot_be_read_counts_as_upright(tiff: bytes, orientation: int) -> None:
    content = pictures.after_start(pictures.plain("jpeg"), pictures.jpeg_segment(0xE1, b"Exif\0\0" + tiff))

    assert exif_orientation("jpeg", content, parts_of("jpeg", content)) == orientation


def test_an_orientation_behind_a_png_s_data_is_read() -> None:
    whole = pictures.plain("png")

    content = whole[:-12] + pictures.png_chunk(b"eXIf", TIFF) + whole[-12:]

    assert exif_orientation("png", content, parts_of("png", content)) == 6
