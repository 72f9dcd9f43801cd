"""Pictures that a container alone shows to be unfit: damaged, moving, doubled, in print colours, oddly coded."""

import io
import struct

import pytest
from PIL import Image

from depthdrop.drop.refusal import Refusal
from depthdrop.settings.models_and_prices import DEPTH
from tests.support import pictures
from tests.support.cameras import webp_chunk, with_chunks
from tests.support.refused import refusal_of
from tests.unit.picture.files import checked

CANVAS = struct.pack("<I", 319)[:3] + struct.pack("<I", 263)[:3]  # 320 x 264, less one


def _refusal(kind: str, content: bytes) -> Refusal:
    return refusal_of(lambda: checked("b", pictures.SUFFIX[kind], content, DEPTH))


def _taken(kind: str, content: bytes) -> bool:
    return checked("b", pictures.SUFFIX[kind], content, DEPTH).width == 320


def _with_frame_marker(marker: int) -> bytes:
    whole = pictures.plain("jpeg")
    return whole.replace(b"\xff\xc0", bytes([0xFF, marker]), 1)


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_an_animation_is_refused(kind: str) -> None:
    content = pictures.animated(kind)
    assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 2

    assert _refusal(kind, content).code == "animated_image"


def test_a_png_animation_of_one_frame_is_accepted() -> None:
    control = pictures.png_chunk(b"acTL", struct.pack(">II", 1, 0))

    assert _taken("png", with_chunks("png", pictures.plain("png"), control))


@pytest.mark.parametrize(
    "chunk",
    [
        webp_chunk(b"ANIM", bytes(6)),
        webp_chunk(b"ANMF", bytes(16)),
        webp_chunk(b"VP8X", b"\x02\0\0\0" + CANVAS),
    ],
    ids=["its header", "a frame", "its flag"],
)
def test_each_sign_of_an_animated_webp_counts(chunk: bytes) -> None:
    assert _refusal("webp", with_chunks("webp", pictures.plain("webp"), chunk)).code == "animated_image"


@pytest.mark.parametrize("coding", [0xC0, 0xC1, 0xC2])
def test_an_ordinary_jpeg_is_accepted(coding: int) -> None:
    assert _taken("jpeg", _with_frame_marker(coding))


def test_restart_markers_and_fill_bytes_are_ordinary() -> None:
    content = pictures.camera("jpeg", restart_marker_rows=1)
    assert b"\xff\xd0" in content

    assert _taken("jpeg", content)
    assert _taken("jpeg", with_chunks("jpeg", pictures.plain("jpeg"), b"\xff\xff\xff"))


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (0xC3, "lossless"),
        (0xC5, "hierarchical"),
        (0xC6, "hierarchical"),
        (0xC7, "hierarchical"),
        (0xC9, "arithmetic"),
        (0xCA, "arithmetic"),
        (0xCB, "lossless"),
        (0xCD, "hierarchical"),
        (0xCE, "hierarchical"),
        (0xCF, "hierarchical"),
    ],
)
def test_a_jpeg_in_a_coding_that_few_can_read_is_refused(marker: int, words: str) -> None:
    refusal = _refusal("jpeg", _with_frame_marker(marker))

    assert (refusal.code, words in refusal.message) == ("unusual_jpeg", True)


def test_a_jpeg_of_12_bits_is_refused() -> None:
    content = bytearray(_with_frame_marker(0xC1))
    content[content.index(b"\xff\xc1") + 4] = 12

    refusal = _refusal("jpeg", bytes(content))

    assert (refusal.code, "12 bits" in refusal.message) == ("unusual_jpeg", True)


def test_a_jpeg_in_print_colours_is_refused() -> None:
    refusal = _refusal("jpeg", pictures.plain("jpeg", pictures.drawing("CMYK")))

    assert (refusal.code, "RGB" in refusal.hint) == ("cmyk_image", True)


@pytest.mark.parametrize("channels", [0, 2, 5])
def test_a_jpeg_with_another_number_of_channels_is_refused(channels: int) -> None:
    content = bytearray(pictures.plain("jpeg"))
    content[content.index(b"\xff\xc0") + 9] = channels

    assert _refusal("jpeg", bytes(content)).code == "damaged_image"


@pytest.mark.parametrize("marker", [0xC4, 0xDB])
def test_a_jpeg_without_its_tables_is_refused(marker: int) -> None:
    content = pictures.plain("jpeg").replace(bytes([0xFF, marker]), b"\xff\xfe")

    assert _refusal("jpeg", content).code == "damaged_image"


@pytest.mark.parametrize("size", [(264, 320), (9000, 9000)], ids=["the same", "another"])
def test_a_jpeg_with_a_second_frame_is_refused(size: tuple[int, int]) -> None:
    whole = pictures.plain("jpeg")
    start = whole.index(b"\xff\xc0")
    end = start + 2 + int.from_bytes(whole[start + 2 : start + 4], "big")
    second = whole[start : start + 5] + struct.pack(">HH", *size) + whole[start + 9 : end]

    refusal = _refusal("jpeg", whole[:end] + second + whole[end:])

    assert refusal.code == "damaged_image"
    assert ("more than one" if size == (264, 320) else "two sizes") in refusal.message


def test_a_png_with_a_second_header_is_refused() -> None:
    whole = pictures.plain("png")
    second = pictures.png_header(9000, 9000)[8:33]

    assert "two sizes" in _refusal("png", whole[:33] + second + whole[33:]).message
    assert "more than one" in _refusal("png", whole[:33] + whole[8:33] + whole[33:]).message


@pytest.mark.parametrize(("bits", "colour"), [(8, 1), (8, 7), (3, 0), (4, 2), (16, 3), (0, 0)])
def test_a_png_that_violates_its_standard_is_refused(bits: int, colour: int) -> None:
    header = pictures.png_chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, bits, colour, 0, 0, 0))

    assert _refusal(
        "png", pictures.png_header(300, 300)[:8] + header + pictures.png_header(300, 300)[33:]
    ).code == ("damaged_image")


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT", b"IEND"])
def test_a_png_with_a_wrong_checksum_is_refused(name: bytes) -> None:
    content = bytearray(pictures.plain("png"))
    at = content.index(name)
    content[at + 4 + int.from_bytes(content[at - 4 : at], "big")] ^= 1

    assert _refusal("png", bytes(content)).code == "damaged_image"


def test_a_wrong_checksum_of_a_part_that_is_not_sent_is_ignored() -> None:
    text = pictures.png_chunk(b"tEXt", b"Author\0me")[:-1] + b"?"

    assert _taken("png", with_chunks("png", pictures.plain("png"), text))


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (webp_chunk(b"VP8X", b"\0\0\0\0" + struct.pack("<I", 8999)[:3] * 2), "two sizes"),
        (webp_chunk(b"VP8X", b"\0\0\0\0" + CANVAS + b"more"), "cannot be read"),
        (webp_chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 320, 264)), "more than one"),
        (webp_chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 321, 264)), "two sizes"),
        (webp_chunk(b"VP8 ", b"\0\0\0nonsense"), "cannot be read"),
        (webp_chunk(b"VP8 ", b""), "cannot be read"),
        (webp_chunk(b"VP8L", b"\x2f" + struct.pack("<I", 319 | 263 << 14)), "more than one"),
        (webp_chunk(b"VP8L", b"\x30" + struct.pack("<I", 319 | 263 << 14)), "cannot be read"),
    ],
)
def test_a_webp_whose_chunks_disagree_is_refused(chunk: bytes, words: str) -> None:
    refusal = _refusal("webp", with_chunks("webp", pictures.plain("webp"), chunk))

    assert (refusal.code, words in refusal.message) == ("damaged_image", True), refusal.message


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_with_a_canvas_of_its_size_is_accepted(lossless: bool) -> None:  # noqa: FBT001  # a table
    content = pictures.plain("webp", pictures.drawing("RGBA"), lossless=lossless)
    canvas = webp_chunk(b"VP8X", b"\0\0\0\0" + CANVAS)
    after = content[:4] + struct.pack("<I", len(content) + len(canvas) - 8) + b"WEBP" + canvas + content[12:]

    assert _taken("webp", content)
    assert _taken("webp", after if content[12:16] != b"VP8X" else content)
