"""Refuses a picture whose container says that the upstream could not read it, or not as it is meant.

Damage, animations, two pictures in one file, print colours, codings that few programs know. Nothing is decoded.
"""

from depthdrop.drop.refusal import RefusedError, refuse
from depthdrop.picture.content import Content
from depthdrop.picture.frames import BrokenHeaderError, Frame, frames
from depthdrop.picture.parts import PARTS_MAX, Part, is_whole, parts_of

_AGAIN = "Upload it again; if that does not help, export it again."
_CMYK_CHANNELS = 4
_WEBP_ANIMATION_FLAG = 0x02


def sound_parts(name: str, kind: str, content: Content) -> tuple[Part, ...]:
    """The picture's parts. Raises RefusedError when there are more than a picture can need."""
    parts = parts_of(kind, content)
    if len(parts) > PARTS_MAX:
        raise damaged(f"{name} is cut into more than {PARTS_MAX} parts.")
    return parts


def sound_frame(name: str, kind: str, content: Content, parts: tuple[Part, ...], size: tuple[int, int]) -> Frame:
    """The one frame, which has this size in pixels. Raises RefusedError."""
    if not is_whole(kind, content, parts):
        raise damaged(f"{name} ends before the picture does, or is damaged.")
    if _moves(content, parts):
        raise refuse("animated_image", f"{name} is an animation.", "Save the frame that you want as JPEG or PNG.")
    try:
        found = frames(kind, content, parts)
    except BrokenHeaderError:
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
    for name, start, _ in parts:
        body = start + 8
        if name in {b"ANIM", b"ANMF"}:
            return True
        if name == b"VP8X" and int.from_bytes(content[body : body + 1], "big") & _WEBP_ANIMATION_FLAG:
            return True
        if name == b"acTL" and int.from_bytes(content[body : body + 4], "big") > 1:
            return True
    return False


def damaged(message: str) -> RefusedError:
    return refuse("damaged_image", message, _AGAIN)
