"""The stand-in for the model: a print-like restyle that keeps the picture's edges and layout.

Same picture, prompt and seed: same bytes. It is a tone mapping that rises with luminance, so edges stay
where they were, through colours strong enough to differ from any photograph; ink lines and paper grain go
on top, and a corner says "simulated", so that nobody takes it for a real edit.
"""

import hashlib
import io
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps, ImageStat

from local.fake_upstream.palettes import Look, looks_for, tables
from local.fake_upstream.pictures import MAX_PIXELS

WANTED_DIFFERENCE = 43.0  # mean of 255; the promise is 35, the rest is room for the small copy's error
MARK = "simulated"
_TILE = 256
_TRIAL = (320, 320)


def restyle(data: bytes | None, prompt: str, seed: int, size: tuple[int, int] | None, kind: str) -> bytes:
    """Paint a picture.

    `data` is None for a model that was asked without a picture; `size` in pixels, None keeps the picture's
    own; `kind` is jpeg, png or webp.

    Raises:
        OSError: the picture cannot be decoded.
        ValueError: it has more pixels than its header was checked for.

    """
    digest = hashlib.sha256(f"{prompt}\0{seed}".encode()).digest()
    original = _decode(data) if data else _blank(size or (1024, 1024), random.Random(digest))
    if size is not None and original.size != size:
        original = original.resize(size, Image.Resampling.LANCZOS)
    rng = random.Random(digest)
    paper = _paper(rng)
    painted = _paint(original, _choose(original, looks_for(prompt, rng), paper), paper)
    _mark(painted)
    return _encode(painted, kind)


def _decode(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("the picture is larger than its header was checked for")
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            rgba = image.convert("RGBA")
            flat = Image.new("RGB", rgba.size, "white")
            flat.paste(rgba, mask=rgba.getchannel("A"))
            return flat
        return image.convert("RGB")


def _blank(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Hills under a sky, for a prompt without a picture."""
    width, height = size
    image = Image.linear_gradient("L").resize(size).point([255 - value // 2 for value in range(256)])
    draw = ImageDraw.Draw(image)
    for layer in range(4):
        base, step = height * (0.45 + 0.14 * layer), width / 8
        ridge = [(x * step, base + rng.uniform(-0.08, 0.08) * height) for x in range(9)]
        draw.polygon([*ridge, (width, height), (0, height)], fill=140 - 38 * layer)
    return image.convert("RGB")


def _stretched(original: Image.Image) -> Image.Image:
    """Luminance over the whole range; a picture with hardly any contrast is left as it is."""
    grey = original.convert("L")
    low, high = ImageStat.Stat(grey).extrema[0]
    return grey if high - low < 8 else ImageOps.autocontrast(grey, cutoff=(0.2, 0.2))


def _paint(original: Image.Image, look: Look, paper: Image.Image) -> Image.Image:
    grey = _stretched(original)
    painted = Image.merge("RGB", [_smoothed(grey, look).point(table) for table in tables(look)])
    if look.own:
        painted = Image.blend(painted, original, look.own)
    painted = ImageChops.multiply(painted, _ink(grey, look).convert("RGB"))
    return ImageChops.multiply(painted, _sheet(paper, painted.size, look).convert("RGB"))


def _choose(original: Image.Image, looks: list[Look], paper: Image.Image) -> Look:
    """The first look that differs enough, tried on a small copy; if none does, the one that differs most."""
    small = original.copy()
    small.thumbnail(_TRIAL, Image.Resampling.BOX)
    best, most = looks[0], -1.0
    for look in looks:
        difference = _difference(small, _paint(small, look, paper))
        if difference >= WANTED_DIFFERENCE:
            return look
        if difference > most:
            best, most = look, difference
    return best


def _difference(one: Image.Image, other: Image.Image) -> float:
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def _smoothed(grey: Image.Image, look: Look) -> Image.Image:
    """Fewer small details, as a brush would leave, with the edges in place."""
    return Image.blend(grey, grey.filter(ImageFilter.MedianFilter(3)), 0.6) if look.brush else grey


def _ink(grey: Image.Image, look: Look) -> Image.Image:
    """Dark lines where the picture is darker than its surroundings."""
    around = grey.filter(ImageFilter.GaussianBlur(max(1.0, 0.003 * max(grey.size))))
    strength = 3.0 * look.ink
    lines = ImageChops.subtract(around, grey)  # 0 where not darker
    return lines.point([max(70, round(255 - strength * max(0, value - 3))) for value in range(256)])


def _paper(rng: random.Random) -> Image.Image:
    """One tile of seeded grain."""
    noise = Image.frombytes("L", (_TILE, _TILE), rng.randbytes(_TILE * _TILE))
    return noise.filter(ImageFilter.GaussianBlur(1.1))


def _sheet(paper: Image.Image, size: tuple[int, int], look: Look) -> Image.Image:
    """The tile in the look's strength, repeated over the whole picture."""
    swing = 0.16 * look.grain
    tile = paper.point([round(min(255, max(0, 244 + (value - 128) * swing))) for value in range(256)])
    sheet = Image.new("L", size)
    for top in range(0, size[1], _TILE):
        for left in range(0, size[0], _TILE):
            sheet.paste(tile, (left, top))
    return sheet


def _mark(painted: Image.Image) -> None:
    """The word in the lower right corner, on a plate, readable at any size."""
    height = max(13, min(painted.size) // 36)
    font = ImageFont.load_default(size=height)
    draw = ImageDraw.Draw(painted, "RGBA")
    left, top, right, bottom = draw.textbbox((0, 0), MARK, font=font)
    pad = height // 2
    x, y = painted.width - (right - left) - 2 * pad, painted.height - (bottom - top) - 2 * pad
    plate = (x - pad, y - pad, painted.width - pad, painted.height - pad)
    draw.rounded_rectangle(plate, radius=pad, fill=(20, 20, 28, 170))
    draw.text((x - left, y - top), MARK, font=font, fill=(255, 255, 255, 235))


def _encode(painted: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    options: dict[str, dict[str, int]] = {
        "jpeg": {"quality": 90, "subsampling": 0},
        "png": {"compress_level": 3},
        "webp": {"quality": 88, "method": 2},
    }
    painted.save(out, kind.upper(), **options[kind])
    return out.getvalue()
