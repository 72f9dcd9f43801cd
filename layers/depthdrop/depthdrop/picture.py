"""Makes the bytes that go upstream: checked, upright, without private metadata."""

import io
from dataclasses import dataclass

from depthdrop import private_metadata
from depthdrop.image_check import UPRIGHT, ImageFacts, check_image, check_size
from depthdrop.models import Model
from depthdrop.refusal import refuse

_JPEG_QUALITY = 95  # of 100: turning a picture should not be seen
_TURNS = {  # what makes a picture of this EXIF orientation upright; EXIF 2.32, section 4.6.4
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What is sent, and what its header said as it was dropped."""

    content: bytes
    facts: ImageFacts


def make_picture(name: str, suffix: str, content: bytes, model: Model) -> Picture:
    """Check, turn and strip one picture. Raises RefusedError."""
    facts = check_image(name, suffix, content, model)
    sent = private_metadata.strip(facts.format, content)
    if facts.orientation != UPRIGHT:
        sent = _turned(name, facts, sent)
    check_size(name, len(sent), model)  # turning encodes anew, and may make more of it
    return Picture(sent, facts)


def _turned(name: str, facts: ImageFacts, content: bytes) -> bytes:
    """Phones store pictures sideways with a note how to turn them; the upstream may not read the note.

    The note itself is gone by now: the decoder sees no more than what would have been sent.
    """
    from PIL import Image  # noqa: PLC0415  # only pictures that need turning pay for this import

    target = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=[facts.format]) as image:
            as_checked = image.size == (facts.width, facts.height)  # nothing larger is decoded
            if as_checked:
                upright = image.transpose(Image.Transpose[_TURNS[facts.orientation]])
                profile = image.info.get("icc_profile")
                upright.save(target, format=facts.format, quality=_JPEG_QUALITY, icc_profile=profile)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise refuse("damaged_image", f"{name} cannot be read to the end.", "Export the picture again.") from error
    if not as_checked:
        raise refuse("damaged_image", f"{name} gives two sizes in its header.", "Export the picture again.")
    return target.getvalue()
