"""Pictures in a report are small, upright, and carry nothing that the camera wrote down."""

import base64
import io
import struct

import pytest
from PIL import Image

from depthdrop_cli.page.report import Preview, preview
from tests.system.e2e.photographs import photograph
from tests.unit.page.report_elements import picture


def _opened(shown: Preview | None) -> Image.Image:
    assert shown is not None
    return Image.open(io.BytesIO(base64.b64decode(shown.uri.removeprefix("data:image/webp;base64,"))))


def test_a_large_photograph_is_scaled_down() -> None:
    shown = preview(picture(4000, 3000))

    assert shown is not None
    assert (shown.width, shown.height) == _opened(shown).size == (1600, 1200)


def test_a_small_picture_keeps_its_size() -> None:
    assert _opened(preview(picture(640, 427))).size == (640, 427)


def test_it_is_turned_upright_and_where_it_was_taken_stays_out() -> None:
    shown = _opened(preview(photograph(640, 480, orientation=6)))

    assert shown.size == (480, 640)
    assert dict(shown.getexif()) == {}
    assert "exif" not in shown.info
    assert "xmp" not in shown.info


@pytest.mark.parametrize(("mode", "kept"), [("RGBA", "RGBA"), ("LA", "RGBA"), ("L", "RGB"), ("P", "RGB")])
def test_a_transparent_picture_stays_transparent(mode: str, kept: str) -> None:
    assert _opened(preview(picture(form="PNG", mode=mode))).mode == kept


def test_colours_keep_their_profile() -> None:
    assert _opened(preview(picture(icc_profile=b"a wide gamut"))).info["icc_profile"] == b"a wide gamut"


def test_the_profile_of_printing_colours_goes_with_them() -> None:
    assert "icc_profile" not in _opened(preview(picture(mode="CMYK", icc_profile=b"for a press"))).info


@pytest.mark.parametrize("content", [None, b"", b"a watercolour", picture()[:300], picture(form="TIFF")])
def test_content_that_cannot_be_shown_is_left_out(content: bytes | None) -> None:
    assert preview(content) is None


@pytest.mark.parametrize("limit", [1000, 6000], ids=["refused by Pillow", "warned of by Pillow"])
@pytest.mark.filterwarnings("default")
def test_a_picture_too_large_to_be_decoded_is_left_out(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)

    assert preview(picture(100, 100, "PNG")) is None


@pytest.mark.parametrize(("tag", "kind", "count"), [(0x11A, 1, 1), (0x11A, 2, 4), (0x10E, 11, 1), (0x132, 11, 1)])
def test_odd_exif_types_hide_no_picture(tag: int, kind: int, count: int) -> None:
    """Pillow cannot write these again, which it does with the rest when it turns a picture upright."""
    entries = struct.pack("<HHIHH", 0x112, 3, 1, 6, 0) + struct.pack("<HHI4s", tag, kind, count, b"\1\2\3\4")
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)
    content = io.BytesIO()
    Image.new("RGB", (64, 48)).save(content, "JPEG", exif=exif)

    shown = preview(content.getvalue())

    assert shown is not None
    assert (shown.width, shown.height) == (48, 64)
