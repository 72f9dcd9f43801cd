"""Checks a picture by its first bytes and its headers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from depthdrop.drop.formats import format_of
from depthdrop.drop.refusal import RefusedError
from depthdrop.picture.check import ImageFacts
from depthdrop.picture.content import base64_size
from depthdrop.settings.models_and_prices import DEPTH, FLUX_2_PRO
from depthdrop.settings.picture_limits import PictureLimits
from tests.support import pictures
from tests.support.cameras import photo, with_chunks
from tests.support.refused import refusal_of
from tests.unit.picture.files import checked

KINDS = ["jpeg", "png", "webp"]


@pytest.fixture(autouse=True)
def _no_decoding(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be decoded here")

    if "bomb" in request.node.name:
        monkeypatch.setattr(Image, "open", fail)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_picture_is_described_by_its_header(kind: str) -> None:
    content = pictures.camera(kind)

    facts = checked("b", pictures.SUFFIX[kind].upper(), content, DEPTH)

    assert facts == ImageFacts(kind, 320, 264, 1)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_in_grey_or_colour_is_accepted(mode: str) -> None:
    assert checked("b", ".jpg", pictures.plain("jpeg", pictures.drawing(mode)), DEPTH).width == 320


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_png_of_any_colour_model_is_accepted(mode: str) -> None:
    image = Image.new("I;16", (320, 264)) if mode == "I;16" else pictures.drawing(mode)

    assert checked("b", ".png", pictures.plain("png", image), DEPTH).width == 320


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"image": pictures.drawing("RGBA")}], ids=["lossless", "alpha"]
)
def test_a_webp_of_either_compression_is_accepted(options: dict[str, object]) -> None:
    content = pictures.plain("webp", **options)  # type: ignore[arg-type]

    assert checked("b", ".webp", content, DEPTH).height == 264


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xff\xd8", "not_an_image"),
        (b"RIFF1234WAVE", "not_an_image"),
        (bytes(99), "not_an_image"),
        (b"BMW, the car", "not_an_image"),
        (b"GIF89a" + bytes(100), "unsupported_format"),
    ],
    ids=["empty", "two bytes", "wave", "zeros", "text", "gif"],
)
def test_a_file_that_is_not_an_accepted_picture_is_refused(content: bytes, code: str) -> None:
    refusal = refusal_of(lambda: checked("b.jpg", ".jpg", content, DEPTH))

    assert refusal.code == code
    assert "b.jpg" in refusal.message


@pytest.mark.parametrize(("kind", "suffix"), [("png", ".jpg"), ("jpeg", ".PNG"), ("webp", ".jpeg")])
def test_a_picture_under_another_formats_name_is_refused(kind: str, suffix: str) -> None:
    refusal = refusal_of(lambda: checked("b", suffix, pictures.plain(kind), DEPTH))

    assert refusal.code == "wrong_extension"
    assert kind.upper() in refusal.message
    assert pictures.SUFFIX[kind] in refusal.hint


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9, 0.999])
def test_a_picture_that_breaks_off_is_refused(kind: str, kept: float) -> None:
    whole = pictures.camera(kind)

    refusal = refusal_of(lambda: checked("b", pictures.SUFFIX[kind], whole[: int(len(whole) * kept)], DEPTH))

    assert refusal.code == "damaged_image"


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_without_its_last_byte_is_refused_and_with_bytes_after_it_accepted(kind: str) -> None:
    whole = pictures.plain(kind)

    assert refusal_of(lambda: checked("b", pictures.SUFFIX[kind], whole[:-1], DEPTH)).code == "damaged_image"
    assert checked("b", pictures.SUFFIX[kind], whole + b"video", DEPTH).width == 320


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".png", pictures.png_header(0, 300)),
        (".png", pictures.png_header(300, 0)),
        (".png", b"\x89PNG\r\n\x1a\n" + pictures.png_chunk(b"CgBI", bytes(4)) + pictures.png_header(300, 300)[8:]),
        (".png", b"\x89PNG\r\n\x1a\n"),
        (".jpg", b"\xff\xd8\xff\xe0"),
        (".jpg", b"\xff\xd8\xff\xd9"),
        (".jpg", b"\xff\xd8" + pictures.jpeg_segment(0xC0, b"\x08\0\0\0\0\x03") + b"\xff\xd9"),
        (".jpg", b"\xff\xd8" + pictures.jpeg_segment(0xC0, b"\x08\x01\x2c\x01\x2c\x03") + b"\xff\xd9"),
        (".jpg", b"\xff\xd8\xff\xe1\0\0" + bytes(50)),
        (".webp", b"RIFF\x04\0\0\0WEBP"),
        (".webp", b"RIFF\x0c\0\0\0WEBPVP8X\0\0\0\0"),
        (".webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\x2b\x01\0"),
        (".png", pictures.png_header(300, 300)[:33] + pictures.png_chunk(b"IEND", b"")),
    ],
    ids=[
        "no width",
        "no height",
        "apple's own",
        "only magic",
        "only a marker",
        "no header",
        "no size",
        "no scan",
        "no length",
        "empty riff",
        "empty vp8x",
        "no frame",
        "no data",
    ],
)
def test_a_header_without_a_size_is_refused(suffix: str, content: bytes) -> None:
    assert refusal_of(lambda: checked("b", suffix, content, DEPTH)).code == "damaged_image"


def test_a_segment_without_a_length_is_refused() -> None:
    whole = pictures.plain("jpeg")
    scan = whole.index(b"\xff\xda")

    refusal = refusal_of(lambda: checked("b", ".jpg", whole[:scan] + b"\xff\xdd\0\0" + whole[scan:], DEPTH))

    assert refusal.code == "damaged_image"


@pytest.mark.parametrize(("width", "height"), [(255, 300), (300, 255), (1, 1), (100_000, 200)])
def test_a_side_that_is_too_short_is_refused(width: int, height: int) -> None:
    refusal = refusal_of(lambda: checked("b", ".png", pictures.png_header(width, height), DEPTH))

    assert (refusal.code, refusal.message) == ("image_too_small", f"b is {width} x {height} pixels.")


def test_twenty_megapixels_are_accepted_and_one_row_more_is_refused() -> None:
    assert checked("b", ".png", pictures.png_header(5000, 4000), DEPTH).width == 5000
    assert refusal_of(lambda: checked("b", ".png", pictures.png_header(5000, 4001), DEPTH)).code == (
        "image_too_many_pixels"
    )


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (2**32 - 1, 2**32 - 1), (2**31, 256)])
def test_a_bomb_is_refused_by_its_header_alone(width: int, height: int) -> None:
    refusal = refusal_of(lambda: checked("b", ".png", pictures.png_header(width, height), DEPTH))

    assert refusal.code == "image_too_many_pixels"


def test_a_file_of_15_mib_is_accepted_and_one_byte_more_is_refused() -> None:
    whole = pictures.plain("png")
    most = DEPTH.picture.max_base64_bytes // 4 * 3

    assert checked("b", ".png", whole + bytes(most - len(whole)), DEPTH).width
    refusal = refusal_of(lambda: checked("b", ".png", whole + bytes(most - len(whole) + 1), DEPTH))
    assert (refusal.code, "15,728,640 (15 MiB)" in refusal.hint) == ("image_too_large", True)


@pytest.mark.parametrize(("size", "text"), [(0, 0), (1, 4), (3, 4), (4, 8), (15 * 1024 * 1024, 20 * 1024 * 1024)])
def test_base64_makes_four_of_every_three(size: int, text: int) -> None:
    assert base64_size(size) == text


@pytest.mark.parametrize(("content", "kind"), [(b"\xff\xd8\xff", "jpeg"), (b"RIFF....WEBP", "webp"), (b"", None)])
def test_a_format_is_known_by_its_first_bytes(content: bytes, kind: str | None) -> None:
    assert format_of(content) == kind


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBPVP8X"]))
def test_no_bytes_make_the_check_do_anything_but_refuse(junk: bytes, magic: bytes) -> None:
    suffix = pictures.SUFFIX[str(format_of(magic))]

    with pytest.raises(RefusedError):
        checked("b", suffix, magic + junk, DEPTH)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (PictureLimits(min_side_px=4001), "image_too_small"),
        (PictureLimits(max_megapixels=19.9), "image_too_many_pixels"),
        (PictureLimits(max_base64_bytes=20), "image_too_large"),
    ],
)
def test_the_limits_are_the_models_own(limits: PictureLimits, code: str) -> None:
    """Every model on offer has the same ones by what is known, so one is made up."""
    other = replace(FLUX_2_PRO, picture=limits)
    refusal = refusal_of(lambda: checked("b", ".png", pictures.png_header(5000, 4000), other))

    assert refusal.code == code
    assert refusal.hint.startswith("flux-2-pro ")


def _decoding_fails(*_: object, **__: object) -> None:
    raise AssertionError("nothing may be decoded here")


WHOLE = {kind: [pictures.plain(kind), photo(kind, 6)] for kind in KINDS}
changes = st.lists(
    st.tuples(st.integers(0, 2**20), st.binary(max_size=6), st.integers(0, 40)), min_size=1, max_size=4
)


@given(st.sampled_from(KINDS), st.integers(0, 1), changes)
def test_a_mutated_picture_is_described_or_refused_and_never_decoded(
    kind: str, which: int, edits: list[tuple[int, bytes, int]]
) -> None:
    content = bytearray(WHOLE[kind][which])
    for at, put, cut in edits:
        start = at % len(content) if at % 3 else at % 120  # headers come first, and are few
        content[start : start + cut] = put

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Image, "open", _decoding_fails)
        try:
            facts = checked("b", pictures.SUFFIX[kind], bytes(content), DEPTH)
        except RefusedError:
            return
    assert min(facts.width, facts.height) >= 256
    assert facts.width * facts.height <= 20_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_cut_into_countless_parts_is_refused_before_they_are_walked(kind: str) -> None:
    whole = pictures.plain(kind)
    part = {"jpeg": b"\xff\xfe\0\2", "png": pictures.png_chunk(b"teXt", b""), "webp": b"junk\0\0\0\0"}[kind]
    enough, too_many = 19_000, 1_000_000

    assert checked("b", pictures.SUFFIX[kind], with_chunks(kind, whole, part * enough), DEPTH).width == 320
    refusal = refusal_of(
        lambda: checked("b", pictures.SUFFIX[kind], with_chunks(kind, whole, part * too_many), DEPTH)
    )
    assert (refusal.code, "20000 parts" in refusal.message) == ("damaged_image", True)
