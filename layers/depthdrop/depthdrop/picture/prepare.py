"""Makes the bytes that are sent upstream: checked, upright, without private metadata."""

import io
from typing import TYPE_CHECKING

from depthdrop.picture import private_metadata
from depthdrop.picture.check import ImageFacts, check_image, check_size
from depthdrop.picture.content import FileContent, Pieces
from depthdrop.picture.defects import damaged
from depthdrop.picture.private_metadata import UPRIGHT
from depthdrop.settings.model import Model

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY = 95  # of 100: high enough that nobody sees that a JPEG or WebP was encoded again
_BITS_SENT = 8  # per sample


def make_picture(name: str, suffix: str, content: FileContent, model: Model) -> Pieces:
    """Check and strip a picture, and encode it again where it must be. Raises RefusedError."""
    facts = check_image(name, suffix, content, model)
    sent = private_metadata.strip(facts.format, content, facts.parts)
    if facts.orientation != UPRIGHT or facts.bits > _BITS_SENT:
        sent = Pieces.whole(_encoded_again(name, facts, bytes(sent)))
        check_size(name, len(sent), model)  # it may be larger than before
    return sent


def _encoded_again(name: str, facts: ImageFacts, content: bytes) -> bytes:
    """Turn a picture upright, and reduce 16 bits per sample to 8. `content` is what would have been sent."""
    # Phones store pictures sideways, with the orientation in EXIF, which the upstream may not read and never gets.
    from PIL import ExifTags, Image, ImageOps  # noqa: PLC0415  # needed only for pictures that are encoded again

    target = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=[facts.format]) as image:
            as_checked = image.size == (facts.width, facts.height)  # a larger picture is never decoded
            if as_checked:
                made = _in_eight_bits(image) if facts.bits > _BITS_SENT else image
                made.getexif()[ExifTags.Base.Orientation] = facts.orientation
                made = ImageOps.exif_transpose(made)
                profile = image.info.get("icc_profile")
                made.save(target, format=facts.format, quality=_QUALITY, icc_profile=profile)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise damaged(f"{name} cannot be read to the end.") from error
    if not as_checked:
        raise damaged(f"{name} gives two sizes in its header.")
    return target.getvalue()


def _in_eight_bits(image: "Image") -> "Image":
    """Pillow scales colours by itself, but cuts greys off at 255, which would make nearly all of them white."""
    grey = image.point(lambda value: value * (1 / 256)).convert("L") if image.mode == "I;16" else image.copy()
    grey.info.pop("transparency", None)  # one transparent colour, given in 16 bits
    return grey
