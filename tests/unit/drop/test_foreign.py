"""Files in unsupported formats: each format is recognised, under the file's own name and under a wrong one."""

import pytest

from depthdrop.drop.foreign import FOREIGN_SUFFIXES, HEAD_BYTES
from depthdrop.drop.formats import FORMAT_OF_SUFFIX
from depthdrop.picture.check import check_format
from tests.support import pictures
from tests.support.foreign_files import FOREIGN_FILES, heif
from tests.support.refused import refusal_of


@pytest.mark.parametrize("suffix", FOREIGN_FILES)
def test_the_format_of_a_file_under_its_own_name_is_recognised(suffix: str) -> None:
    content, words = FOREIGN_FILES[suffix]

    refusal = refusal_of(lambda: check_format(f"b{suffix}", suffix, content))

    assert (refusal.code, words in refusal.message) == ("unsupported_format", True), refusal.message
    assert refusal.hint.endswith(".")


@pytest.mark.parametrize("suffix", FOREIGN_FILES)
def test_the_format_of_a_file_that_is_named_like_a_jpeg_is_recognised(suffix: str) -> None:
    content, words = FOREIGN_FILES[suffix]
    in_tiff = content[:4] in {b"II*\0", b"MM\0*"} and suffix != ".cr2"

    refusal = refusal_of(lambda: check_format("b.jpg", ".jpg", content))

    assert refusal.code == "unsupported_format"
    assert ("TIFF" if in_tiff else words) in refusal.message


@pytest.mark.parametrize("suffix", sorted(FOREIGN_SUFFIXES))
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_an_accepted_picture_under_such_a_name_is_refused_with_the_right_name(suffix: str, kind: str) -> None:
    refusal = refusal_of(lambda: check_format(f"b{suffix}", suffix.upper(), pictures.plain(kind)))

    assert refusal.code == "wrong_extension"
    assert pictures.SUFFIX[kind] in refusal.hint


@pytest.mark.parametrize("suffix", sorted(FOREIGN_SUFFIXES))
def test_no_such_name_passes_whatever_it_holds(suffix: str) -> None:
    assert refusal_of(lambda: check_format(f"b{suffix}", suffix, b"what may this be")).code in {
        "unsupported_format",
        "not_an_image",
    }
    assert suffix not in FORMAT_OF_SUFFIX


@pytest.mark.parametrize(
    ("brands", "words"),
    [
        ([b"mif1", b"heic"], "HEIC"),
        ([b"heic"], "HEIC"),
        ([b"heix"], "HEIC"),
        ([b"mif1", b"avif", b"miaf"], "AVIF"),
        ([b"msf1"], "HEIC"),
        ([b"avis"], "AVIF"),
        ([b"crx ", b"isom"], "Canon"),
        ([b"qt  "], "video"),
        ([b"isom", b"mp41"], "video"),
    ],
)
def test_a_box_file_is_recognised_by_all_its_brands(brands: list[bytes], words: str) -> None:
    assert words in refusal_of(lambda: check_format("b.jpg", ".jpg", heif(*brands))).message


def test_the_content_of_a_file_counts_more_than_its_name() -> None:
    assert "HEIC" in refusal_of(lambda: check_format("b.gif", ".gif", heif(b"heic"))).message
    assert "TIFF" in refusal_of(lambda: check_format("b.gif", ".gif", FOREIGN_FILES[".tif"][0])).message


@pytest.mark.parametrize("head", [b"\0\0\0\x0cftyp", b"\xff\xff\xff\xffftypheic", b"\0\0\0\0ftypheic"])
def test_a_box_file_that_lies_about_its_length_does_no_harm(head: bytes) -> None:
    assert refusal_of(lambda: check_format("b.jpg", ".jpg", head + bytes(HEAD_BYTES))).code == "unsupported_format"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf\n<!DOCTYPE html><title>404</title>", "web page"),
        (b"<html><body>Access denied", "web page"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<SVG/>', "SVG"),
        (b"PK\x03\x04\x14\0", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b"\0\0\1\0\1\0", "icon"),
        (b"\x1aE\xdf\xa3webm", "video"),
    ],
)
def test_a_file_that_is_mistaken_for_a_picture_is_recognised(content: bytes, words: str) -> None:
    assert words in refusal_of(lambda: check_format("b.png", ".png", content)).message


def test_xml_of_another_kind_is_no_drawing() -> None:
    assert refusal_of(lambda: check_format("b.png", ".png", b"<?xml?><Error/>")).code == "not_an_image"
