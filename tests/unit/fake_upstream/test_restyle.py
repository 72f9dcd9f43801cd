"""The restyle is visible, keeps the edges, and is the same for the same request."""

import io
import math
import statistics
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from local.fake_upstream.restyle import restyle
from tests.unit.fake_upstream.talk import drawing, encoded

SAMPLES = Path(__file__).parents[3] / "samples"
PHOTOS = ("temple.jpg", "coffee.png", "rocket.jpg")
PROMPTS = ("winter", "a night scene", "watercolour", "oil painting", "pencil sketch", "a robot", "made of clay")


def _photo(name: str) -> Image.Image:
    with Image.open(SAMPLES / name) as image:
        return image.convert("RGB")


def _painted(image: Image.Image, prompt: str, seed: int = 1) -> Image.Image:
    with Image.open(io.BytesIO(restyle(encoded(image), prompt, seed, None, "jpeg"))) as result:
        return result.convert("RGB")


def _difference(one: Image.Image, other: Image.Image) -> float:
    return statistics.mean(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def _edges(image: Image.Image) -> list[float]:
    grey = image.convert("L")
    box = (1, 1, *grey.size)
    across = ImageChops.difference(grey, ImageChops.offset(grey, 1, 0)).crop(box).tobytes()
    down = ImageChops.difference(grey, ImageChops.offset(grey, 0, 1)).crop(box).tobytes()
    return [math.hypot(one, other) for one, other in zip(across, down, strict=True)]


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_visibly_changed_and_keeps_its_edges(name: str, prompt: str) -> None:
    photo = _photo(name)

    result = _painted(photo, prompt)

    assert result.size == photo.size
    assert _difference(photo, result) >= 15
    assert statistics.correlation(_edges(photo), _edges(result)) >= 0.7


def _hard_pictures() -> dict[str, Image.Image]:
    photo = _photo("temple.jpg").resize((400, 267))
    squares = Image.new("RGB", (512, 512), "white")
    draw = ImageDraw.Draw(squares)
    for place in range(0, 64, 2):
        left, top = (place + place // 8 % 2) % 8 * 64, place // 8 * 64
        draw.rectangle((left, top, left + 63, top + 63), fill="black")
    return {
        "dark": photo.point([value // 8 for value in range(256)] * 3),
        "bright": photo.point([220 + value // 8 for value in range(256)] * 3),
        "faint": photo.point([118 + value // 12 for value in range(256)] * 3),
        "grey": ImageOps.grayscale(photo).convert("RGB"),
        "black and white": ImageOps.grayscale(photo).point([0] * 128 + [255] * 128).convert("RGB"),
        "squares": squares,
        "flat white": Image.new("RGB", (300, 300), "white"),
        "flat black": Image.new("RGB", (300, 300), "black"),
        "flat grey": Image.new("RGB", (300, 300), (128, 128, 128)),
        "flat red": Image.new("RGB", (300, 300), "red"),
    }


@pytest.mark.parametrize("prompt", ["winter", "oil painting", "sepia", "a robot"])
@pytest.mark.parametrize("name", _hard_pictures())
def test_a_hard_picture_is_visibly_changed_and_keeps_its_edges(name: str, prompt: str) -> None:
    picture = _hard_pictures()[name]

    result = _painted(picture, prompt)

    assert _difference(picture, result) >= 15
    if not name.startswith("flat"):
        above_the_mark = (0, 0, picture.width, picture.height - 3 * 13)
        kept = statistics.correlation(_edges(picture.crop(above_the_mark)), _edges(result.crop(above_the_mark)))
        assert kept >= 0.9


def test_the_same_request_gives_the_same_bytes_and_another_seed_others() -> None:
    data = encoded(drawing())

    assert restyle(data, "a robot", 1, None, "jpeg") == restyle(data, "a robot", 1, None, "jpeg")
    assert restyle(data, "a robot", 1, None, "jpeg") != restyle(data, "a robot", 2, None, "jpeg")


def test_another_prompt_looks_visibly_different() -> None:
    photo = _photo("temple.jpg")
    results = [_painted(photo, prompt) for prompt in ("winter", "sunset", "neon", "forest")]

    for one, other in pairwise(results):
        assert _difference(one, other) >= 25


@pytest.mark.parametrize("size", [(256, 256), (640, 427), (2000, 1500)])
def test_a_corner_says_simulated(size: tuple[int, int]) -> None:
    """The plate is dark and the letters on it are nearly white, on every picture."""
    result = _painted(Image.new("RGB", size, (240, 200, 90)), "sunset").convert("L")
    height = max(13, min(size) // 36)
    corner = result.crop((size[0] - 7 * height, size[1] - 3 * height, size[0] - height // 2, size[1] - height // 2))

    histogram = corner.histogram()
    area = corner.width * corner.height
    assert sum(histogram[200:]) > 0.03 * area
    assert sum(histogram[:110]) > 0.3 * area


def test_transparency_becomes_white_and_sixteen_bits_are_read() -> None:
    clear = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    deep = Image.new("I;16", (300, 300), 30_000)

    for image in (clear, deep):
        assert _painted(image, "sea").size == (300, 300)


def test_a_broken_picture_is_an_error_and_not_a_picture() -> None:
    whole = encoded(_photo("temple.jpg"), "JPEG")

    with pytest.raises(OSError, match="truncated"):
        restyle(whole[: len(whole) // 2], "sea", 1, None, "jpeg")
