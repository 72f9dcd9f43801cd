"""Which colours and treatment a prompt asks for.

A palette is three to five colours of rising luminance: mapping a picture's grey values onto them keeps its
edges, and casts strong enough (no near-black, no near-white) change every picture visibly.
"""

import colorsys
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """A palette from dark to light, and how it is put on paper.

    `steps` is the number of soft posterisation levels (0: none), `ink`, `grain` and `own` (the share of the
    picture's own colours) run from 0 to 1, `brush` smooths small details, `gamma` below 1 lightens.
    """

    name: str
    colours: tuple[Colour, ...]
    steps: int = 0
    ink: float = 0.5
    grain: float = 0.5
    own: float = 0.0
    brush: bool = False
    gamma: float = 1.0


LOOKS = (
    Look("winter", ((34, 52, 112), (96, 140, 200), (170, 210, 236), (222, 236, 250)), ink=0.35, grain=0.3),
    Look("night", ((16, 18, 84), (38, 60, 150), (70, 120, 190), (250, 214, 130)), ink=0.4, grain=0.3),
    Look(
        "watercolour",
        ((58, 70, 130), (86, 140, 168), (216, 170, 150), (252, 226, 176)),
        steps=5,
        ink=0.6,
        grain=0.7,
        own=0.22,
        brush=True,
    ),
    Look("sunset", ((62, 20, 96), (176, 44, 104), (244, 116, 66), (255, 208, 110)), ink=0.4, grain=0.3),
    Look("autumn", ((74, 26, 22), (158, 62, 24), (222, 134, 34), (250, 214, 120)), steps=4, grain=0.5, own=0.15),
    Look("neon", ((36, 6, 100), (170, 10, 190), (255, 60, 150), (80, 250, 250)), ink=0.7, grain=0.1),
    Look("sepia", ((66, 38, 18), (132, 88, 48), (196, 152, 96), (238, 208, 154)), ink=0.3, grain=0.7),
    Look(
        "oil",
        ((24, 54, 72), (46, 118, 110), (222, 156, 64), (250, 220, 140)),
        steps=6,
        ink=0.35,
        grain=0.4,
        own=0.25,
        brush=True,
    ),
    Look(
        "pencil",
        ((74, 66, 96), (142, 132, 150), (202, 190, 182), (238, 222, 196)),
        steps=3,
        ink=1.0,
        grain=0.8,
    ),
    Look("forest", ((12, 62, 50), (40, 118, 66), (132, 176, 74), (236, 228, 130)), steps=4, grain=0.4, own=0.15),
    Look("sea", ((10, 50, 96), (14, 118, 146), (92, 190, 180), (240, 232, 170)), ink=0.4, grain=0.4),
    Look("rose", ((84, 22, 74), (186, 62, 110), (240, 138, 140), (255, 214, 180)), ink=0.4, grain=0.4),
    Look("riso", ((24, 40, 150), (64, 92, 214), (246, 108, 120), (255, 222, 150)), steps=4, grain=0.9),
    Look("mint", ((48, 34, 108), (60, 124, 158), (112, 208, 164), (232, 244, 150)), ink=0.4, grain=0.4),
)

_BY_NAME = {look.name: look for look in LOOKS}

# The first word found in the prompt decides; more telling words stand first.
KEYWORDS = (
    ("watercolour", "watercolour"), ("watercolor", "watercolour"), ("aquarelle", "watercolour"),
    ("pencil", "pencil"), ("sketch", "pencil"), ("charcoal", "pencil"),
    ("oil", "oil"), ("van gogh", "oil"), ("impression", "oil"),
    ("neon", "neon"), ("cyberpunk", "neon"), ("synthwave", "neon"),
    ("sepia", "sepia"), ("vintage", "sepia"), ("old photo", "sepia"), ("antique", "sepia"),
    ("risograph", "riso"), ("screen print", "riso"), ("poster", "riso"), ("comic", "riso"),
    ("night", "night"), ("midnight", "night"), ("moon", "night"), ("starry", "night"),
    ("snow", "winter"), ("winter", "winter"), ("ice", "winter"), ("frost", "winter"), ("frozen", "winter"),
    ("sunset", "sunset"), ("dusk", "sunset"), ("golden hour", "sunset"),
    ("sunrise", "sunset"), ("dawn", "sunset"),
    ("autumn", "autumn"), ("fall leaves", "autumn"), ("harvest", "autumn"),
    ("forest", "forest"), ("jungle", "forest"), ("spring", "forest"), ("moss", "forest"),
    ("sea", "sea"), ("ocean", "sea"), ("underwater", "sea"),
    ("blossom", "rose"), ("pink", "rose"), ("candy", "rose"),
)  # fmt: skip


GAMMAS = (1.0, 0.6, 1.6, 0.45, 2.2)


def looks_for(prompt: str, rng: random.Random) -> list[Look]:
    """Every look, the one to try first in front: by a word of the prompt, else by chance, always varied a
    little.

    Each comes in lighter and darker forms before the next is tried, so that what was asked for is kept.
    """
    padded = f" {' '.join(prompt.lower().split())}"
    asked = next((_BY_NAME[name] for word, name in KEYWORDS if f" {word}" in padded), None)
    order = list(LOOKS)
    rng.shuffle(order)
    if asked is not None:
        order.remove(asked)
        order.insert(0, asked)
    spread = 0.012 if asked is not None else 0.07
    varied = [_varied(look, rng, spread) for look in order]
    return [replace(look, gamma=gamma) for look in varied for gamma in GAMMAS]


def _varied(look: Look, rng: random.Random, spread: float) -> Look:
    shift = rng.uniform(-spread, spread)
    colours = tuple(_turned(colour, shift) for colour in look.colours)
    ink = min(1.0, look.ink * rng.uniform(0.8, 1.25))
    return replace(look, colours=colours, ink=ink, grain=min(1.0, look.grain * rng.uniform(0.8, 1.2)))


def _turned(colour: Colour, shift: float) -> Colour:
    """The colour with its hue turned, at its old luminance."""
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    turned = [round(255 * part) for part in colorsys.hls_to_rgb((hue + shift) % 1, light, saturation)]
    drift = luminance(colour) - luminance(turned)
    red, green, blue = (min(255, max(0, round(part + drift))) for part in turned)
    return (red, green, blue)


def luminance(colour: Sequence[int]) -> float:
    """Rec. 601 luma, as Pillow's mode L."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def tables(look: Look) -> tuple[list[int], list[int], list[int]]:
    """The look as a lookup table for each channel, indexed by grey value."""
    spots = [_stepped((value / 255) ** look.gamma, look.steps) * (len(look.colours) - 1) for value in range(256)]
    return (_ramp(look, spots, 0), _ramp(look, spots, 1), _ramp(look, spots, 2))


def _stepped(value: float, steps: int) -> float:
    """A soft staircase: most of it the straight line, so that it never stops rising."""
    if not steps:
        return value
    low, part = divmod(value * steps, 1.0)
    eased = part * part * (3 - 2 * part)
    eased = eased * eased * (3 - 2 * eased)
    return 0.6 * value + 0.4 * min(1.0, (low + eased) / steps)


def _ramp(look: Look, spots: list[float], channel: int) -> list[int]:
    values = [colour[channel] for colour in look.colours]
    ramp = []
    for spot in spots:
        low = min(int(spot), len(values) - 2)
        ramp.append(round(values[low] + (values[low + 1] - values[low]) * (spot - low)))
    return ramp
