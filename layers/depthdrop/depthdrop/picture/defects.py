"""Refuses a picture that the upstream could not read, or not as its owner means it.

Such are damage, animations, two pictures in one file, print colours, and codings that few programs know. Nothing is
decoded: sizes, bits, channels and codings are read from the headers of the file's parts. All headers are read,
because a library takes the size from the first header, but a decoder from the last.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from depthdrop.drop.refusal import RefusedError, refuse
from depthdrop.picture.content import Content
from depthdrop.picture.parts import Part, is_whole

_AGAIN = "Upload it again; if that does not help, export it again."
_CMYK_CHANNELS = 4
_WEBP_ANIMATION_FLAG = 0x02
_JPEG_CODINGS: Mapping[int | bytes, str | None] = {  # by start-of-frame marker; ITU-T T.81, table B.1
    **dict.fromkeys((0xC0, 0xC1, 0xC2)),  # baseline, extended, progressive: the usual codings
    **dict.fromkeys((0xC3, 0xCB), "lossless coding"),
    **dict.fromkeys((0xC9, 0xCA), "arithmetic coding"),
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical coding"),
}
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
_HEADER_BYTES = 64  # of a part: longer than any header that is read here


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture in the file, or the `canvas` that it must fill. `coding` is set if few programs can read it."""

    width: int
    height: int
    bits: int = 8
    channels: int = 3
    coding: str | None = None
    canvas: bool = False


def sound_frame(name: str, kind: str, content: Content, parts: tuple[Part, ...], size: tuple[int, int]) -> Frame:
    """The picture's only frame, which must have this size in pixels. Raises RefusedError."""
    if not is_whole(kind, content, parts):
        raise damaged(f"{name} ends before the picture does, or is damaged.")
    if _is_animated(content, parts):
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
        message = f"{name} is a JPEG with {frame.coding}, which few programs can read."
        raise refuse("unusual_jpeg", message, "Export it again as an ordinary JPEG, or as PNG.")
    if frame.channels == _CMYK_CHANNELS:
        hint = "Convert it to RGB (sRGB) and export it again."
        raise refuse("cmyk_image", f"{name} is in CMYK, the colours of print.", hint)
    if frame.channels not in {1, 3}:
        raise damaged(f"{name} has {frame.channels} colour channels.")


def _is_animated(content: Content, parts: tuple[Part, ...]) -> bool:
    """A PNG animation of a single frame counts as a picture."""
    return any(
        name in {b"ANIM", b"ANMF"}
        or (name == b"VP8X" and int.from_bytes(content[start + 8 : start + 9], "big") & _WEBP_ANIMATION_FLAG)
        or (name == b"acTL" and int.from_bytes(content[start + 8 : start + 12], "big") > 1)
        for name, start, _ in parts
    )


def damaged(message: str) -> RefusedError:
    return refuse("damaged_image", message, _AGAIN)


def frames(kind: str, content: Content, parts: Iterable[Part]) -> tuple[Frame, ...]:
    """A frame for each header. Raises struct.error for a header that violates its format."""
    read = {"jpeg": _jpeg_frame, "png": _png_frame, "webp": _webp_frame}[kind]
    found = (read(name, content[start : min(end, start + _HEADER_BYTES)]) for name, start, end in parts)
    return tuple(frame for frame in found if frame is not None)


def _jpeg_frame(marker: int | bytes, head: bytes) -> Frame | None:
    if marker not in _JPEG_CODINGS:
        return None
    bits, height, width, channels = struct.unpack_from(">BHHB", head, 4)
    unusual = None if bits == 8 else f"{bits} bits a sample"
    return Frame(width, height, bits, channels, _JPEG_CODINGS[marker] or unusual)


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
