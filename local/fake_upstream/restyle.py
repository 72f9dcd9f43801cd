"""Replaces the model: paints the picture in two colours, with the word "simulated" in a corner.

The same picture, prompt and seed give the same bytes; prompt and seed choose the colours. Brightness follows
that of the picture, so edges and layout are kept. The word keeps a sample from being mistaken for a real edit.
"""

import hashlib
import io

from PIL import Image, ImageDraw, ImageFont, ImageOps

from local.fake_upstream.pictures import MAX_PIXELS

MARK = "simulated"


def restyle(data: bytes | None, prompt: str, seed: int, size: tuple[int, int] | None, kind: str) -> bytes:
    """The sample as a file of `kind`: jpeg, png or webp.

    `data` is None when the request had no picture; `size` is in pixels, None keeps the picture's own. Raises
    OSError when the picture cannot be decoded, ValueError when it has more pixels than `MAX_PIXELS`.
    """
    grey = _decode(data) if data else Image.linear_gradient("L")
    if size is not None and grey.size != size:
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    painted = ImageOps.colorize(ImageOps.autocontrast(grey, cutoff=(0.2, 0.2)), *_colours(prompt, seed))
    _mark(painted)
    out = io.BytesIO()
    painted.save(out, kind.upper(), quality=90, subsampling=0, compress_level=3, method=2)
    return out.getvalue()


def _decode(data: bytes) -> Image.Image:
    """The picture in grey, on white where it is transparent."""
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("the picture is larger than its header was checked for")
        if image.has_transparency_data:
            rgba = image.convert("RGBA")
            flat = Image.new("RGB", rgba.size, "white")
            flat.paste(rgba, mask=rgba)
            return flat.convert("L")
        return image.convert("L")


def _colours(prompt: str, seed: int) -> tuple[str, str]:
    """A dark and a light colour of similar hues: those between them are then saturated, not grey."""
    first, second = hashlib.sha256(f"{prompt}\0{seed}".encode()).digest()[:2]
    hue = 360 * first // 256
    return f"hsl({hue}, 100%, 18%)", f"hsl({hue + 20 + second // 6}, 100%, 80%)"


def _mark(painted: Image.Image) -> None:
    """Write the word in the lower right corner, on a dark plate, readable at any size."""
    height = max(13, min(painted.size) // 36)
    pad = height // 2
    font, draw = ImageFont.load_default(size=height), ImageDraw.Draw(painted, "RGBA")
    place = (painted.width - 2 * pad, painted.height - 2 * pad)
    left, top, right, bottom = draw.textbbox(place, MARK, font=font, anchor="rb")
    draw.rectangle((left - pad, top - pad, right + pad, bottom + pad), fill=(20, 20, 28, 170))
    draw.text(place, MARK, font=font, anchor="rb", fill=(255, 255, 255, 235))
