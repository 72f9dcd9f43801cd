"""A picture's header is checked before anything decodes it."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from local.fake_upstream import pictures
from local.fake_upstream.pictures import read_picture
from tests.unit.fake_upstream.talk import Talk, base64_of, drawing, encoded


def _png_header(width: int, height: int) -> bytes:
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))


def test_a_picture_of_twenty_megapixels_is_accepted_and_a_larger_one_is_not() -> None:
    assert read_picture(_png_header(5000, 4000)).width == 5000
    with pytest.raises(PydanticCustomError, match="20 megapixels"):
        read_picture(_png_header(5000, 4001))


def test_a_decompression_bomb_is_refused_by_its_header_alone(talk: Talk) -> None:
    answer = talk.post(control_image=base64_of(_png_header(60_000, 60_000)))

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "image_too_large"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_formats_of_the_contract_are_recognised(kind: str) -> None:
    picture = read_picture(encoded(drawing(300, 280), kind))

    assert (picture.width, picture.height) == (300, 280)


def test_text_over_the_limit_is_refused_before_it_is_decoded(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BASE64_CHARS", 1000)

    answer = talk.post(control_image="!" * 1001)

    assert answer.json()["detail"][0]["type"] == "image_too_large"


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBP"]))
def test_no_bytes_make_the_header_reader_crash(junk: bytes, magic: bytes) -> None:
    try:
        picture = read_picture(magic + junk)
    except PydanticCustomError:
        return
    assert min(picture.width, picture.height) >= 256
