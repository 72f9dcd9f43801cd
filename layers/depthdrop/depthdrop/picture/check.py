"""Checks a picture by its first bytes and headers before it is paid for. Nothing is decoded here."""

from dataclasses import dataclass, field

import imagesize

from depthdrop.drop.foreign import HEAD_BYTES, foreign_of
from depthdrop.drop.formats import FORMAT_OF_SUFFIX, FORMATS, format_of
from depthdrop.drop.refusal import refuse
from depthdrop.picture.content import FileContent, base64_size
from depthdrop.picture.defects import damaged, sound_frame
from depthdrop.picture.parts import PARTS_MAX, Part, parts_of
from depthdrop.picture.private_metadata import exif_orientation
from depthdrop.settings.model import Model

_MEGA = 1_000_000
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Facts from the headers. Width and height are pixels as stored, before any rotation; bits are per sample."""

    format: str
    width: int
    height: int
    orientation: int
    bits: int = 8
    parts: tuple[Part, ...] = field(default=(), compare=False, repr=False)


def check_image(name: str, suffix: str, content: FileContent, model: Model) -> ImageFacts:
    """The picture's facts. Raises RefusedError, which says how to correct the picture."""
    kind = check_format(name, suffix, content[:HEAD_BYTES])
    check_size(name, len(content), model)
    parts = parts_of(kind, content)
    if len(parts) > PARTS_MAX:
        raise damaged(f"{name} has more than {PARTS_MAX} parts.")
    width, height = imagesize.get(content.file, exif_rotation=False)
    if width <= 0 or height <= 0:
        raise damaged(f"{name} has a header that cannot be read.")
    _check_limits(name, width, height, model)
    frame = sound_frame(name, kind, content, parts, (width, height))
    return ImageFacts(kind, width, height, exif_orientation(kind, content, parts), frame.bits, parts)


def check_format(name: str, suffix: str, head: bytes) -> str:
    """The format by a file's first bytes. Raises RefusedError when the file's name ends otherwise."""
    kind = format_of(head)
    if kind is not None:
        if kind == FORMAT_OF_SUFFIX.get(suffix.lower()):
            return kind
        hint = f"Rename the file to end in {FORMATS[kind].suffix}."
        raise refuse("wrong_extension", f"{name} is named {suffix} but holds a {kind.upper()} picture.", hint)
    if not head:
        raise refuse("empty_file", f"{name} is empty.", "Upload it again; the upload may have broken off.")
    foreign = foreign_of(suffix, head)
    if foreign is not None:
        raise refuse("unsupported_format", f"{name} is {foreign.what}.", foreign.hint)
    raise refuse("not_an_image", f"{name} is not a JPEG, PNG or WebP picture.", "Export it as JPEG or PNG.")


def _check_limits(name: str, width: int, height: int, model: Model) -> None:
    if min(width, height) < model.picture.min_side_px:
        hint = f"{model.name} needs at least {model.picture.min_side_px} pixels on each side."
        raise refuse("image_too_small", f"{name} is {width} x {height} pixels.", hint)
    if width * height > model.picture.max_megapixels * _MEGA:
        message = f"{name} has {width * height:,} pixels ({width} x {height})."
        hint = f"{model.name} takes at most {model.picture.max_megapixels * _MEGA:,.0f}; make it smaller."
        raise refuse("image_too_many_pixels", message, hint)


def check_size(name: str, size: int, model: Model) -> None:
    """Raises RefusedError when `size` bytes are, as base64, more than the model takes."""
    if base64_size(size) > model.picture.max_base64_bytes:
        most = model.picture.max_base64_bytes // 4 * 3
        hint = f"{model.name} takes at most {most:,} ({most // _MIB} MiB); save it with more compression."
        raise refuse("image_too_large", f"{name} has {size:,} bytes.", hint)
