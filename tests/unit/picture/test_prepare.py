"""The bytes that go upstream: upright, without private metadata, within the model's limits."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from depthdrop.picture import parts
from depthdrop.picture.check import ImageFacts
from depthdrop.picture.content import Content, FileContent, Spooled
from depthdrop.picture.parts import parts_of
from depthdrop.picture.prepare import make_picture
from depthdrop.picture.private_metadata import strip
from depthdrop.settings.models_and_prices import DEPTH
from depthdrop.settings.picture_limits import PictureLimits
from tests.support import pictures
from tests.support.cameras import SECRET, exif_block, photo, with_chunks
from tests.support.refused import refusal_of

KINDS = ["jpeg", "png", "webp"]
JFIF = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
HARMLESS = JFIF | {"loop", "background", "timestamp", "duration"}  # what a decoder says of every JPEG and WebP


def sent_of(suffix: str, content: bytes) -> bytes:
    """What goes upstream; submit has the picture in a file."""
    return bytes(make_picture("b", suffix, Spooled([content]), DEPTH))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_held_in_any_way_is_sent_upright_and_clean(kind: str, orientation: int) -> None:
    content = pictures.sideways(kind, orientation)

    sent = sent_of(pictures.SUFFIX[kind], content)

    image = pictures.opened(sent)
    assert (image.format, image.size) == (kind.upper(), (320, 264))
    assert pictures.corners(image) == pictures.corners(pictures.drawing())
    assert image.getexif() == {}
    assert image.info.get("icc_profile") == pictures.profile()
    assert [secret for secret in pictures.SECRETS if secret in sent] == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_upright_picture_is_stripped_and_never_encoded_anew(kind: str) -> None:
    content = pictures.camera(kind, orientation=1)

    assert sent_of(pictures.SUFFIX[kind], content) == bytes(strip(kind, content, parts_of(kind, content)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_a_turned_png_keeps_every_pixel(mode: str) -> None:
    upright = pictures.drawing(mode)

    sent = sent_of(".png", pictures.sideways("png", 6, upright))

    assert pictures.opened(sent).convert("RGBA").tobytes() == upright.convert("RGBA").tobytes()


def test_a_turned_jpeg_in_grey_stays_grey() -> None:
    target = io.BytesIO()
    pictures.drawing("L").transpose(Image.Transpose.ROTATE_90).save(target, "jpeg", exif=pictures.exif(6))

    image = pictures.opened(sent_of(".jpg", target.getvalue()))

    assert (image.mode, pictures.corners(image)) == ("L", pictures.corners(pictures.drawing("L")))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_only_the_upright_picture_of_a_cameras_file_is_sent(kind: str, orientation: int, order: str) -> None:
    content = photo(kind, orientation, order)
    assert content.count(SECRET) > 5

    sent = sent_of(pictures.SUFFIX[kind], content)

    image = pictures.opened(sent)
    assert pictures.corners(image) == pictures.corners(pictures.drawing())
    assert SECRET not in sent
    assert set(image.info) <= HARMLESS
    assert not image.getexif()


def _sixteen_bits(mode: str) -> bytes:
    """A PNG of 300 x 300 pixels with 16 bits a sample, in which each row is one step brighter than the last."""
    channels, colour = {"L": (1, 0), "LA": (2, 4), "RGB": (3, 2), "RGBA": (4, 6)}[mode]
    rows = b"".join(b"\0" + struct.pack(">H", row * 218) * channels * 300 for row in range(300))
    header = pictures.png_chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 16, colour, 0, 0, 0))
    data = pictures.png_chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + data + pictures.png_chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_png_of_16_bits_is_sent_with_8_and_every_step_of_it(mode: str) -> None:
    dropped = _sixteen_bits(mode)
    sent = sent_of(".png", dropped)

    image = pictures.opened(sent)
    brightness = [round(float(str(image.convert("L").getpixel((9, row))))) for row in range(300)]
    assert (dropped[24], sent[24]) == (16, 8)
    assert image.mode == ("RGBA" if mode == "LA" else mode)
    assert max(abs(value - row * 218 / 257) for row, value in enumerate(brightness)) <= 1.5


def test_a_png_of_16_bits_is_turned_as_well() -> None:
    content = with_chunks("png", _sixteen_bits("L"), pictures.png_chunk(b"eXIf", exif_block(3)))

    image = pictures.opened(sent_of(".png", content))

    assert [round(float(str(image.getpixel((9, row))))) for row in (0, 299)] == [254, 0]


def test_a_transparent_colour_in_16_bits_removes_nothing() -> None:
    content = with_chunks("png", _sixteen_bits("L"), pictures.png_chunk(b"tRNS", struct.pack(">H", 218)))

    image = pictures.opened(sent_of(".png", content))

    assert "transparency" not in image.info


def test_a_turned_picture_keeps_its_see_through_colour() -> None:
    target = io.BytesIO()
    pictures.drawing("P").save(target, "png", transparency=3, exif=pictures.exif(3))

    assert pictures.opened(sent_of(".png", target.getvalue())).info["transparency"] == 3


def test_an_orientation_behind_the_data_of_a_png_is_followed() -> None:
    stored = pictures.plain("png", pictures.drawing().transpose(Image.Transpose.ROTATE_90))
    note = pictures.png_chunk(b"eXIf", struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0))

    sent = sent_of(".png", stored[:-12] + note + stored[-12:])

    assert pictures.opened(sent).tobytes() == pictures.drawing().tobytes()


def test_a_second_larger_header_is_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(pictures.sideways("jpeg", 6))
    frame = content.index(b"\xff\xc0")
    length = int.from_bytes(content[frame + 2 : frame + 4], "big")
    larger = bytearray(content[frame : frame + 2 + length])
    larger[5:9] = struct.pack(">HH", 9000, 9000)
    content[frame + 2 + length : frame + 2 + length] = larger
    monkeypatch.setattr(Image.Image, "transpose", lambda *_: pytest.fail("it was decoded"))

    refusal = refusal_of(lambda: make_picture("b", ".jpg", Spooled([bytes(content)]), DEPTH))

    assert (refusal.code, refusal.message) == ("damaged_image", "b gives two sizes in its header.")


def test_a_size_that_only_the_decoder_sees_is_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The headers are walked twice, here and in the decoder; where they disagree the picture is refused."""
    content = pictures.sideways("png", 6)
    facts = ImageFacts("png", 300, 300, 6, parts=parts_of("png", content))
    monkeypatch.setattr("depthdrop.picture.prepare.check_image", lambda *_: facts)
    monkeypatch.setattr(Image.Image, "transpose", lambda *_: pytest.fail("it was decoded"))

    refusal = refusal_of(lambda: make_picture("b", ".png", Spooled([content]), DEPTH))

    assert (refusal.code, refusal.message) == ("damaged_image", "b gives two sizes in its header.")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_container_is_walked_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    walks, walk = [], parts._PARTS[kind]

    def counted(content: Content) -> Iterator[parts.Part]:
        walks.append(kind)
        yield from walk(content)

    monkeypatch.setitem(parts._PARTS, kind, counted)
    content = pictures.camera(kind)

    make_picture("b", pictures.SUFFIX[kind], Spooled([content]), DEPTH)

    assert walks == [kind]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_bomb_behind_a_small_header_is_refused(side: int) -> None:
    content = bytearray(pictures.sideways("jpeg", 6))
    frame = content.index(b"\xff\xc0")
    length = int.from_bytes(content[frame + 2 : frame + 4], "big")
    larger = bytearray(content[frame : frame + 2 + length])
    larger[5:9] = struct.pack(">HH", side, side)
    content[frame + 2 + length : frame + 2 + length] = larger

    assert refusal_of(lambda: make_picture("b", ".jpg", Spooled([bytes(content)]), DEPTH)).code == "damaged_image"


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_sideways_picture_with_damaged_data_is_refused(kind: str) -> None:
    content = bytearray(pictures.sideways(kind, 6))
    at = content.index({"png": b"IDAT", "webp": b"VP8 "}[kind]) + 20
    content[at : at + 200] = bytes(200)
    if kind == "png":
        end = content.index(b"IEND") - 8
        content[end : end + 4] = struct.pack(
            ">I", zlib.crc32(content[at - 20 : end])
        )  # right, for what is there now

    refusal = refusal_of(lambda: make_picture("b", pictures.SUFFIX[kind], Spooled([bytes(content)]), DEPTH))

    assert (refusal.code, refusal.message) == ("damaged_image", "b cannot be read to the end.")


def test_a_picture_that_turning_makes_too_large_is_refused() -> None:
    noise = Image.effect_noise((320, 264), 80)
    target = io.BytesIO()
    noise.save(target, "jpeg", quality=20, exif=pictures.exif(6))
    content = target.getvalue()
    small = replace(DEPTH, picture=PictureLimits(max_base64_bytes=len(content) * 3 // 2))

    refusal = refusal_of(lambda: make_picture("b", ".jpg", Spooled([content]), small))

    assert refusal.code == "image_too_large"


class Watched(io.BytesIO):
    """A file that keeps account of how much of it is read at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.most = max(self.most, len(found))
        return found


def _large(kind: str) -> bytes:
    """Three MiB in each part that may be as large."""
    much = bytes(3 * 1024 * 1024)
    whole = pictures.plain(kind)
    if kind == "jpeg":
        return whole[:-2] + much + whole[-2:]
    if kind == "png":
        more = pictures.png_chunk(b"eXIf", much) + pictures.png_chunk(b"IDAT", much)
        return whole[:-12] + more + whole[-12:]
    picture = whole[12:]
    size = int.from_bytes(picture[4:8], "little") + len(much)
    body = b"WEBP" + picture[:4] + struct.pack("<I", size) + picture[8:] + much
    body += b"EXIF" + struct.pack("<I", len(much)) + much
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("kind", KINDS)
def test_no_walk_through_a_picture_reads_much_of_it_at_once(kind: str) -> None:
    content = _large(kind)
    file = Watched(content)
    sent = make_picture("b", pictures.SUFFIX[kind], FileContent(file, len(content)), DEPTH)

    assert 3 * 1024 * 1024 < len(sent) == sum(map(len, sent.chunks()))
    assert file.most <= 1024 * 1024
