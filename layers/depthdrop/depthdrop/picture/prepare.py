"""Makes the bytes that go upstream: checked, upright, without private metadata."""

import io
from typing import TYPE_CHECKING

from depthdrop.picture import metadata
from depthdrop.picture.check import ImageFacts, check_image, check_size
from depthdrop.picture.content import FileContent, Pieces
from depthdrop.picture.defects import damaged
from depthdrop.picture.metadata import UPRIGHT
from depthdrop.settings.model import Model

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY = 95  # of 100: that a JPEG or WebP was encoded anew should not be seen
_BITS_SENT = 8  # a sample


def make_picture(name: str, suffix: str, content: FileContent, model: Model) -> Pieces:
    """What is sent of a picture: checked, stripped and, where it must be, encoded anew. Raises RefusedError."""
    facts = check_image(name, suffix, content, model)
    sent = metadata.strip(facts.format, content, facts.parts)
    if facts.orientation != UPRIGHT or facts.bits > _BITS_SENT:
        sent = Pieces.whole(_remade(name, facts, bytes(sent)))
        check_size(name, len(sent), model)  # encoding anew may make more of it
    return sent


def _remade(name: str, facts: ImageFacts, content: bytes) -> bytes:
    """Turn what is stored sideways, and bring 16 bits a sample down to 8.

    Phones store pictures sideways with a note how to turn them; the upstream may not read the note. It is gone by
    now: the decoder sees no more than what would have been sent.
    """
    from PIL import ExifTags, Image, ImageOps  # noqa: PLC0415  # only pictures that are remade pay for this import

    target = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=[facts.format]) as image:
            as_checked = image.size == (facts.width, facts.height)  # nothing larger is decoded
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
    """Pillow brings colours down by itself; greys it cuts off at 255, and nearly all of them would be white."""
    grey = image.point(lambda value: value * (1 / 256)).convert("L") if image.mode == "I;16" else image.copy()
    grey.info.pop("transparency", None)  # one see-through colour, given in 16 bits
    return grey
