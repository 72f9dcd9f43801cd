"""How small and how large a picture may be. Every model has these limits until its documentation says otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """`min_side_px` of each side, `max_megapixels` of 1,000,000 pixels, `max_base64_bytes` as sent."""

    min_side_px: int = 256
    max_megapixels: float = 20.0
    max_base64_bytes: int = 20 * 1024 * 1024


USUAL = PictureLimits()
