"""Refuses a picture whose container says that the upstream could not read it, or not as it is meant.

Damage, animations, two pictures in one file, print colours, codings that few programs know. Nothing is decoded:
sizes, bits, channels and codings are read from the headers of the container's parts. A library reads the size from
the first header; a decoder obeys the last, so all of them are looked at here.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from depthdrop.drop.refusal import RefusedError, refuse
from depthdrop.picture.content import Content
from depthdrop.picture.parts import Part, is_whole

_AGAIN = "Upload it again; if that does not help, export it again."
_CMYK_CHANNELS = 4
_WEBP_ANIMATION_FLAG = 0x02
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_USUAL = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive; ITU-T T.81, table B.1
_JPEG_LOSSLESS = frozenset({0xC3, 0xCB})
_JPEG_ARITHMETIC = frozenset({0xC9, 0xCA})  # the others are hierarchical
_PNG_CHANNELS = {  # by colour type and bits; PNG specification, table 11.1
    0: (1, {1, 2, 4, 8, 16}),
    2: (3, {8, 16}),
    3: (1, {1, 2, 4, 8}),
    4: (2, {8, 16}),
    6: (4, {8, 16}),
}
_VP8_START = b"\x9d\x01\x2a"
_VP8L_START = 0x2F
_VP8X_BYTES = 10
_HEADER_BYTES = 64  # of a part: more than any of the headers below has


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture in the file, or the `canvas` that it must fill. `coding` is set where few programs can read it."""

    width: int
    height: int
    bits: int = 8
    channels: int = 3
    coding: str | None = None
    canvas: bool = False


def sound_frame(name: str, kind: str, content: Content, parts: tuple[Part, ...], size: tuple[int, int]) -> Frame:
    """The one frame, which has this size in pixels. Raises RefusedError."""
    if not is_whole(kind, content, parts):
        raise damaged(f"{name} ends before the picture does, or is damaged.")
    if _moves(content, parts):
        raise refuse("animated_image", f"{name} is an animation.", "Save the frame that you want as JPEG or PNG.")
    try:
        found = frames(kind, content, parts)
    except struct.error:
        raise damaged(f"{name} has a header that cannot be read.") from None
    if any((frame.width, frame.height) != size for frame in found):
        raise damaged(f"{name} gives two sizes in its header.")
    pictures = [frame for frame in found if not frame.canvas]
    if len(pictures) != 1:
        raise damaged(f"{name} holds {'more than one' if pictures else 'no'} picture that can be read.")
    [frame] = pictures
    if kind == "jpeg":
        _check_jpeg(name, frame)
    return frame


def _check_jpeg(name: str, frame: Frame) -> None:
    if frame.coding is not None:
        raise refuse(
            "unusual_jpeg",
            f"{name} is a JPEG with {frame.coding}, which few programs can read.",
            "Export it again as an ordinary JPEG, or as PNG.",
        )
    if frame.channels == _CMYK_CHANNELS:
        raise refuse(
            "cmyk_image",
            f"{name} is in CMYK, the colours of print.",
            "Convert it to RGB (sRGB) and export it again.",
        )
    if frame.channels not in {1, 3}:
        raise damaged(f"{name} has {frame.channels} colour channels.")


def _moves(content: Content, parts: tuple[Part, ...]) -> bool:
    """A PNG that calls itself an animation of one frame is a picture."""
    return any(
        name in {b"ANIM", b"ANMF"}
        or (name == b"VP8X" and int.from_bytes(content[start + 8 : start + 9], "big") & _WEBP_ANIMATION_FLAG)
        or (name == b"acTL" and int.from_bytes(content[start + 8 : start + 12], "big") > 1)
        for name, start, _ in parts
    )


def damaged(message: str) -> RefusedError:
    return refuse("damaged_image", message, _AGAIN)


def frames(kind: str, content: Content, parts: Iterable[Part]) -> tuple[Frame, ...]:
    """A frame for each header. Raises struct.error for a header that does not follow its own format."""
    read = {"jpeg": _jpeg_frame, "png": _png_frame, "webp": _webp_frame}[kind]
    found = (read(name, content[start : min(end, start + _HEADER_BYTES)]) for name, start, end in parts)
    return tuple(frame for frame in found if frame is not None)


def _jpeg_frame(marker: int | bytes, head: bytes) -> Frame | None:
    if not isinstance(marker, int) or marker not in _JPEG_FRAMES:
        return None
    bits, height, width, channels = struct.unpack_from(">BHHB", head, 4)
    if marker in _JPEG_USUAL:
        coding = None if bits == 8 else f"{bits} bits a sample"
    elif marker in _JPEG_LOSSLESS:
        coding = "lossless coding"
    else:
        coding = "arithmetic coding" if marker in _JPEG_ARITHMETIC else "hierarchical coding"
    return Frame(width, height, bits, channels, coding)


def _png_frame(name: int | bytes, head: bytes) -> Frame | None:
    if name != b"IHDR":
        return None
    width, height, bits, colour = struct.unpack_from(">IIBB", head, 8)
    channels, allowed = _PNG_CHANNELS.get(colour, (0, frozenset()))
    if bits not in allowed:
        raise struct.error
    return Frame(width, height, bits, channels)


def _webp_frame(name: int | bytes, head: bytes) -> Frame | None:
    if name == b"VP8 ":
        start, width, height = struct.unpack_from("<3sHH", head, 8 + 3)
        if start == _VP8_START:
            return Frame(width, height)
    elif name == b"VP8L":
        start, packed = struct.unpack_from("<BI", head, 8)
        if start == _VP8L_START:
            return Frame((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
    elif name == b"VP8X":
        width, height = head[8 + 4 : 8 + 7], head[8 + 7 : 8 + 10]
        if len(head) == 8 + _VP8X_BYTES:
            return Frame(int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1, canvas=True)
    else:
        return None
    raise struct.error
