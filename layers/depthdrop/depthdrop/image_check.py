"""Decides from the first bytes and the header whether a picture may be paid for. Nothing is decoded here."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import imagesize

from depthdrop.models import Model
from depthdrop.picture_parts import is_whole, jpeg_parts, png_parts, webp_parts
from depthdrop.refusal import refuse

FORMAT_OF_SUFFIX = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}
UPRIGHT = 1  # EXIF orientation: the picture is stored as it is seen
_EXIF_ORIENTATION = 0x0112
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the header says. Width and height are pixels as stored, before any turning."""

    format: str
    width: int
    height: int
    orientation: int
    size_bytes: int


def format_of(content: bytes) -> str | None:
    """jpeg, png or webp by magic bytes; None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return None


def check_image(name: str, suffix: str, content: bytes, model: Model) -> ImageFacts:
    """The picture's facts, or RefusedError with what to do about it."""
    kind = format_of(content)
    if kind is None:
        raise refuse("not_an_image", f"{name} is not a JPEG, PNG or WebP picture.", "Export it as JPEG or PNG.")
    if kind != FORMAT_OF_SUFFIX[suffix.lower()]:
        raise refuse(
            "wrong_extension",
            f"{name} is named {suffix} but holds a {kind.upper()} picture.",
            "Rename the file.",
        )
    width, height = imagesize.get(io.BytesIO(content), exif_rotation=False)
    if width <= 0 or height <= 0:
        raise refuse("damaged_image", f"{name} has a header that cannot be read.", "Export the picture again.")
    _check_limits(name, width, height, model)
    check_size(name, len(content), model)
    if not is_whole(kind, content):
        raise refuse("damaged_image", f"{name} ends before the picture does.", "Export the picture again.")
    return ImageFacts(kind, width, height, exif_orientation(kind, content), len(content))


def _check_limits(name: str, width: int, height: int, model: Model) -> None:
    if min(width, height) < model.min_side_px:
        raise refuse(
            "image_too_small",
            f"{name} is {width} x {height} pixels.",
            f"{model.name} needs at least {model.min_side_px} pixels on each side.",
        )
    if width * height > model.max_megapixels * _MEGA:
        raise refuse(
            "image_too_many_pixels",
            f"{name} has {width * height / _MEGA:.1f} megapixels.",
            f"{model.name} takes at most {model.max_megapixels:g}; make it smaller.",
        )


def check_size(name: str, size: int, model: Model) -> None:
    """Raises RefusedError when so many bytes, as base64, are more than the model takes."""
    if base64_size(size) > model.max_base64_bytes:
        most = model.max_base64_bytes // 4 * 3 / 1024 / 1024
        raise refuse(
            "image_too_large",
            f"{name} is {size / 1024 / 1024:.1f} MiB.",
            f"{model.name} takes at most {most:.0f} MiB; save it with more compression.",
        )


def base64_size(size: int) -> int:
    """Bytes of base64 text for `size` bytes."""
    return (size + 2) // 3 * 4


def exif_orientation(kind: str, content: bytes) -> int:
    """1 to 8 as EXIF 2.32 defines them; 1 when there is none or it cannot be read."""
    for tiff in _exif_blocks(kind, content):
        found = _orientation_in_tiff(tiff)
        if found:
            return found
    return UPRIGHT


def _exif_blocks(kind: str, content: bytes) -> Iterator[bytes]:
    if kind == "jpeg":
        for marker, start, end in jpeg_parts(content):
            if marker == 0xE1 and content[start + 4 : start + 10] == b"Exif\0\0":
                yield content[start + 10 : end]
    else:
        wanted = b"eXIf" if kind == "png" else b"EXIF"
        chunks = png_parts(content) if kind == "png" else webp_parts(content)
        for name, start, end in chunks:
            if name == wanted:
                body = content[start + 8 : end]
                yield body.removeprefix(b"Exif\0\0")


def _orientation_in_tiff(tiff: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, offset)
        for index in range(count):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, offset + 2 + index * 12)
            if tag == _EXIF_ORIENTATION:
                return value if 1 <= value <= 8 else None  # the eight EXIF orientations
    except struct.error:
        return None
    return None
