"""Pictures as a report carries them: small, upright, without what the camera noted, inline."""

import base64
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps

_LONGEST_SIDE = 1600
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Preview:
    uri: str
    width: int
    height: int


def preview(content: bytes | None) -> Preview | None:
    """None for what is no picture, or none that can be shown: a refused drop may be anything."""
    if content is None:
        return None
    target = io.BytesIO()
    try:
        with _no_bombs(), Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # a large JPEG is not decoded whole
            colours = picture.info.get("icc_profile") if picture.mode in {"RGB", "RGBA"} else None
            shown = _plain(ImageOps.exif_transpose(picture))
            shown.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            shown.save(target, "WEBP", quality=_QUALITY, icc_profile=colours, exif=b"", xmp=b"")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return Preview(f"data:image/webp;base64,{base64.b64encode(target.getvalue()).decode()}", *shown.size)


@contextmanager
def _no_bombs() -> Iterator[None]:
    """What Pillow only warns of is too much for a preview too."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _plain(picture: Image.Image) -> Image.Image:
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
