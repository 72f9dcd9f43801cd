"""Makes the bytes that go upstream: checked, upright, without private metadata."""

import io
from dataclasses import dataclass

from depthdrop import private_metadata
from depthdrop.image_check import UPRIGHT, ImageFacts, check_image
from depthdrop.models import Model
from depthdrop.refusal import refuse

_JPEG_QUALITY = 95  # of 100: turning a picture should not be seen


@dataclass(frozen=True, slots=True)
class Picture:
    """What is sent, and what its header said as it was dropped."""

    content: bytes
    facts: ImageFacts


def make_picture(name: str, suffix: str, content: bytes, model: Model) -> Picture:
    """Check, turn and strip one picture. Raises RefusedError."""
    facts = check_image(name, suffix, content, model)
    sent = content if facts.orientation == UPRIGHT else _turned(name, facts.format, content)
    return Picture(private_metadata.strip(facts.format, sent), facts)


def _turned(name: str, kind: str, content: bytes) -> bytes:
    """Phones store pictures sideways with a note how to turn them; the upstream may not read the note."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # only pictures that need turning pay for this import

    target = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image)
            profile = image.info.get("icc_profile")
            upright.save(target, format=kind, quality=_JPEG_QUALITY, icc_profile=profile)
    except (OSError, ValueError, SyntaxError) as error:
        raise refuse("damaged_image", f"{name} cannot be read to the end.", "Export the picture again.") from error
    return target.getvalue()
