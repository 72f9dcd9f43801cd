"""Compares pictures the way a person would: is it another picture, and is it still the same scene?"""

import io
import math
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageStat


def mean_difference(one: Path, other: Path) -> float:
    """Mean absolute difference of the pixels, of 255."""
    first, second = (_opened(path, "RGB") for path in (one, other))
    means = ImageStat.Stat(ImageChops.difference(first, second.resize(first.size))).mean
    return sum(means) / len(means)


def edge_correlation(one: Path, other: Path) -> float:
    """Correlation of the pictures' edges: 1 where the layout is the same, near 0 for another scene."""
    first, second = (_edges(path) for path in (one, other))
    return _correlation(first, second)


def photograph(width: int = 640, height: int = 480, orientation: int = 1) -> bytes:
    """A picture with gradients and shapes, as a phone stores it: GPS and, if asked, a note how to turn it."""
    image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    for index, colour in enumerate(((200, 40, 30), (30, 160, 60), (40, 60, 200))):
        image.paste(colour, (40 + index * width // 4, 60, 40 + index * width // 4 + width // 6, 60 + height // 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"
    target = io.BytesIO()
    image.save(target, format="JPEG", exif=exif)
    return target.getvalue()


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    with Image.open(path) as image:
        return image.size


def _opened(path: Path, mode: str) -> Image.Image:
    with Image.open(path) as image:
        return image.convert(mode)


def _edges(path: Path) -> list[int]:
    image = _opened(path, "L").resize((320, 240)).filter(ImageFilter.GaussianBlur(1))
    return list(image.filter(ImageFilter.FIND_EDGES).crop((2, 2, 318, 238)).tobytes())


def _correlation(first: list[int], second: list[int]) -> float:
    mean_first, mean_second = sum(first) / len(first), sum(second) / len(second)
    together = sum((a - mean_first) * (b - mean_second) for a, b in zip(first, second, strict=True))
    spread = math.sqrt(sum((a - mean_first) ** 2 for a in first) * sum((b - mean_second) ** 2 for b in second))
    return together / spread
