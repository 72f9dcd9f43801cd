"""Private metadata is never sent upstream; the picture itself is sent bit for bit."""

import io

import pytest
from PIL import Image

from depthdrop.picture import private_metadata
from depthdrop.picture.content import Spooled
from depthdrop.picture.parts import parts_of
from tests.support import pictures
from tests.support.cameras import PRIVATE, TRAILERS, with_chunks

KINDS = ["jpeg", "png", "webp"]


def strip(kind: str, content: bytes) -> bytes:
    """What is kept; the same of bytes and of a file, and as long as it says."""
    parts, spooled = parts_of(kind, content), Spooled([content])
    stripped = private_metadata.strip(kind, content, parts)
    assert bytes(stripped) == bytes(private_metadata.strip(kind, spooled, parts_of(kind, spooled)))
    assert len(stripped) == len(bytes(stripped))
    return bytes(stripped)


def _secrets_in(content: bytes) -> list[bytes]:
    return [secret for secret in pictures.SECRETS if secret in content]


@pytest.mark.parametrize("kind", KINDS)
def test_the_pictures_of_these_tests_hold_private_parts(kind: str) -> None:
    content = pictures.camera(kind)

    assert pictures.GPS_TEXT.encode() in content
    assert b"secret-xmp" in content
    assert pictures.opened(content).info.get("icc_profile") == pictures.profile()


@pytest.mark.parametrize(
    "content",
    [
        pictures.camera("jpeg"),
        pictures.camera("jpeg", progressive=True),
        pictures.camera("jpeg", restart_marker_rows=1),
        pictures.camera("jpeg", pictures.drawing("L"), icc_profile=None),
    ],
    ids=["baseline", "progressive", "restart markers", "grey"],
)
def test_a_jpeg_keeps_its_pixels_and_nothing_private(content: bytes) -> None:
    stripped = strip("jpeg", content)

    assert _secrets_in(stripped) == []
    assert pictures.pixels(stripped) == pictures.pixels(content)
    assert pictures.opened(stripped).info.get("icc_profile") == pictures.opened(content).info.get("icc_profile")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_png_keeps_its_pixels_and_nothing_private(mode: str) -> None:
    content = pictures.camera("png", pictures.drawing(mode))

    stripped = strip("png", content)

    assert _secrets_in(stripped) == []
    assert b"tEXt" not in stripped
    assert b"zTXt" not in stripped
    assert pictures.pixels(stripped) == pictures.pixels(content)
    assert pictures.opened(stripped).info.get("icc_profile") == pictures.profile()


@pytest.mark.parametrize("lossless", [True, False], ids=["lossless", "lossy"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_keeps_its_pixels_and_nothing_private(mode: str, lossless: bool) -> None:  # noqa: FBT001  # a table
    content = pictures.camera("webp", pictures.drawing(mode), lossless=lossless)

    stripped = strip("webp", content)

    assert _secrets_in(stripped) == []
    assert pictures.pixels(stripped) == pictures.pixels(content)
    assert pictures.opened(stripped).info.get("icc_profile") == pictures.profile()
    assert int.from_bytes(stripped[4:8], "little") == len(stripped) - 8
    assert stripped[20] & 0x0C == 0


def test_see_through_parts_of_a_png_stay_see_through() -> None:
    target = io.BytesIO()
    pictures.drawing("P").save(target, format="png", transparency=3, exif=pictures.exif())

    assert pictures.opened(strip("png", target.getvalue())).info["transparency"] == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "behind",
    [
        b"ftypmp42" + pictures.GPS_TEXT.encode() + pictures.camera("jpeg"),
        b"\0\x08secret" + pictures.jpeg_segment(0xDB, b"secret-"),
        pictures.png_chunk(b"IDAT", b"secret-"),
        b"ALPH\x08\0\0\0secret-!",
    ],
    ids=["video and picture", "like a segment", "like a png chunk", "like a webp chunk"],
)
def test_bytes_after_the_pictures_end_are_removed(kind: str, behind: bytes) -> None:
    whole = pictures.plain(kind)

    assert strip(kind, whole + behind) == strip(kind, whole)


def test_a_phones_second_picture_is_removed_with_its_location() -> None:
    target = io.BytesIO()
    first, second = pictures.drawing(), pictures.drawing()
    second.encoderinfo = {"exif": pictures.exif().tobytes()}
    first.save(target, format="mpo", save_all=True, append_images=[second], exif=pictures.exif())
    content = target.getvalue()

    stripped = strip("jpeg", content)

    assert content.count(b"\xff\xd8\xff") > stripped.count(b"\xff\xd8\xff") == 1
    assert _secrets_in(stripped) == []
    assert Image.open(io.BytesIO(stripped)).format == "JPEG"


@pytest.mark.parametrize(("kind", "private"), [(kind, name) for kind, table in PRIVATE.items() for name in table])
def test_each_private_part_is_removed_and_the_picture_is_unchanged(kind: str, private: str) -> None:
    whole = pictures.plain(kind)

    assert strip(kind, with_chunks(kind, whole, PRIVATE[kind][private])) == whole


@pytest.mark.parametrize("trailer", TRAILERS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_trailers_of_phones_are_removed(kind: str, trailer: str) -> None:
    whole = pictures.plain(kind)

    assert strip(kind, whole + TRAILERS[trailer]) == whole


@pytest.mark.parametrize("private", PRIVATE["jpeg"])
def test_between_two_scans_of_a_jpeg_nothing_private_is_left(private: str) -> None:
    whole = strip("jpeg", pictures.camera("jpeg", progressive=True))
    second_scan = whole.index(b"\xff\xda", whole.index(b"\xff\xda") + 2)

    assert strip("jpeg", whole[:second_scan] + PRIVATE["jpeg"][private] + whole[second_scan:]) == whole


def test_the_thumbnail_in_a_jfif_header_is_removed() -> None:
    whole = pictures.plain("jpeg")
    thumbnail = whole[6:18] + bytes([4, 2]) + b"secret-thumbnail pixels!"
    assert whole[2:20] == pictures.jpeg_segment(0xE0, whole[6:18] + bytes(2))

    assert strip("jpeg", whole[:2] + pictures.jpeg_segment(0xE0, thumbnail) + whole[20:]) == whole


def test_adobes_colour_marker_is_kept_without_the_bytes_after_it() -> None:
    whole = pictures.plain("jpeg")
    adobe = b"Adobe\0\x64\0\0\0\0\1"

    stripped = strip("jpeg", pictures.after_start(whole, pictures.jpeg_segment(0xEE, adobe + b"secret-")))

    assert stripped == pictures.after_start(whole, pictures.jpeg_segment(0xEE, adobe))
    assert pictures.opened(stripped).info["adobe_transform"] == 1


@pytest.mark.parametrize("marker", [0xE1, 0xE2, 0xE3, 0xEC, 0xED, 0xEE, 0xEF, 0xE0, 0xFE])
def test_an_app_segment_of_another_kind_is_removed(marker: int) -> None:
    whole = pictures.plain("jpeg")
    secret = pictures.jpeg_segment(marker, b"secret-maker-note")

    assert strip("jpeg", pictures.after_start(whole, secret)) == strip("jpeg", whole)


def test_a_comment_between_two_scans_is_removed() -> None:
    whole = pictures.plain("jpeg", pictures.drawing())
    progressive = strip("jpeg", pictures.camera("jpeg", progressive=True))
    second_scan = progressive.index(b"\xff\xda", progressive.index(b"\xff\xda") + 2)
    hidden = progressive[:second_scan] + pictures.jpeg_segment(0xFE, b"secret-") + progressive[second_scan:]

    assert strip("jpeg", hidden) == progressive
    assert strip("jpeg", whole) == whole


def test_junk_between_segments_hides_nothing_behind_it() -> None:
    whole = pictures.plain("jpeg")
    hidden = pictures.after_start(whole, b"\0junk" + pictures.jpeg_segment(0xE1, b"Exif\0\0secret-"))

    assert strip("jpeg", hidden) == whole


def test_fill_bytes_before_a_marker_hide_nothing() -> None:
    whole = pictures.plain("jpeg")
    hidden = pictures.after_start(whole, b"\xff\xff" + pictures.jpeg_segment(0xE1, b"Exif\0\0secret-"))

    assert strip("jpeg", hidden) == whole


def test_an_unknown_chunk_is_removed() -> None:
    png, webp = pictures.plain("png"), pictures.plain("webp")
    chunk = b"caBX\x08\0\0\0secret-!"
    longer = webp[:4] + (len(webp) - 8 + len(chunk)).to_bytes(4, "little") + webp[8:] + chunk

    assert strip("png", png[:33] + pictures.png_chunk(b"caBX", b"secret-") + png[33:]) == png
    assert strip("webp", longer) == webp


def test_an_empty_feature_chunk_of_a_webp_does_no_harm() -> None:
    webp, chunk = pictures.plain("webp"), b"VP8X\0\0\0\0"
    longer = webp[:4] + (len(webp) - 8 + len(chunk)).to_bytes(4, "little") + webp[8:] + chunk

    assert strip("webp", longer) == longer


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_without_metadata_stays_as_it_is(kind: str) -> None:
    plain = pictures.plain(kind)

    assert strip(kind, plain) == plain
    assert strip(kind, strip(kind, pictures.camera(kind))) == strip(kind, pictures.camera(kind))
