"""Draws docs/wait.svg: when a task is looked at, by our schedule and by three others, below how long tasks take."""

import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.wait_simulation import looping, ours, published

FILE = Path("docs/wait.svg")
_SECONDS = 60.0  # shown of the time since the POST
_LEFT, _RIGHT, _TOP, _CURVE, _ROW = 130.0, 20.0, 30.0, 110.0, 34.0
_WIDTH = 860.0
_STYLE = (
    "text{font:13px sans-serif;fill:#333}.small{font-size:11px;fill:#666}.axis{stroke:#999}"
    ".tasks{fill:#cfe3f7;stroke:#3b7dbd}.ours{stroke:#c2410c;stroke-width:1.5}.other{stroke:#555;stroke-width:2}"
)


def schedules() -> dict[str, tuple[float, ...]]:
    """Ages at which a task is looked at that is not ready while it is shown."""
    random.seed(4)  # the jitter
    late = _SECONDS + 1
    return {
        "ours": ours(late, published()).looks,
        "every 5 s": looping(late, lambda _: 5.0).looks,
        "every 30 s": looping(late, lambda _: 30.0).looks,
        "1 s, doubling to 30 s": looping(late, lambda turn: min(2.0**turn, 30.0)).looks,
    }


def drawing() -> str:
    rows = schedules()
    bottom = _TOP + _CURVE + len(rows) * _ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {bottom + 50:.0f}" role="img">',
        "<title>When a task is looked at, and how long tasks take</title>",
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<path class="tasks" d="{_curve()}"/>',
        f'<text x="{_LEFT - 10:.0f}" y="{_TOP + _CURVE - 8:.0f}" text-anchor="end">tasks that end</text>',
    ]
    for number, (name, looks) in enumerate(rows.items()):
        lines += _row(name, looks, _TOP + _CURVE + (number + 0.5) * _ROW)
    return "\n".join([*lines, *_axis(bottom), "</svg>", ""])


def _x(seconds: float) -> float:
    return _LEFT + seconds / _SECONDS * (_WIDTH - _LEFT - _RIGHT)


def _curve() -> str:
    """The density of what is believed before the first edit, as high as there is room."""
    latency = published()
    ages = [0.25 * step for step in range(1, int(4 * _SECONDS) + 1)]
    dense = [math.exp(-((math.log(age / latency.median) / latency.spread) ** 2) / 2) / age for age in ages]
    floor = _TOP + _CURVE
    points = [
        f"{_x(age):.1f},{floor - _CURVE * one / max(dense):.1f}" for age, one in zip(ages, dense, strict=True)
    ]
    return f"M{_x(0):.1f},{floor:.1f} L{' '.join(points)} L{_x(_SECONDS):.1f},{floor:.1f} Z"


def _row(name: str, looks: tuple[float, ...], middle: float) -> Iterator[str]:
    shown = [look for look in looks if look <= _SECONDS]
    kind = "ours" if name == "ours" else "other"
    yield f'<text x="{_LEFT - 10:.0f}" y="{middle + 4:.0f}" text-anchor="end">{name}</text>'
    for look in shown:
        yield f'<path class="{kind}" d="M{_x(look):.1f},{middle - 10:.1f} v20"/>'


def _axis(y: float) -> Iterator[str]:
    yield f'<path class="axis" d="M{_x(0):.1f},{y:.1f} H{_x(_SECONDS):.1f}"/>'
    for seconds in range(0, int(_SECONDS) + 1, 10):
        yield f'<path class="axis" d="M{_x(seconds):.1f},{y:.1f} v5"/>'
        yield f'<text class="small" x="{_x(seconds):.1f}" y="{y + 19:.1f}" text-anchor="middle">{seconds}</text>'
    label = "seconds since the task was accepted; each stroke is one look"
    yield f'<text class="small" x="{_x(_SECONDS / 2):.1f}" y="{y + 38:.1f}" text-anchor="middle">{label}</text>'


def main() -> int:
    FILE.write_text(drawing())
    sys.stdout.write(f"{FILE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
