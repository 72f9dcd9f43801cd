"""The report of a run: one HTML file with each picture before and after, and its outcome.

Its policy forbids every request: pictures are inline, style and script are allowed by their hashes. Pictures are
reduced, upright, and without metadata.
"""

import base64
import hashlib
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import ExifTags, Image, ImageOps

from depthdrop_cli.page.cards import WORDS
from depthdrop_cli.page.html import cost, render
from depthdrop_cli.reading.entries import Moment, Money
from depthdrop_cli.terminal.output import usd

_ASSETS = Path(__file__).parent / "assets"
_STYLES = ("base.css", "slider.css", "report.css")
_WORDS = {**WORDS, "rejected": WORDS["refused"]}
_LONGEST_SIDE = 1600
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Outcome:
    """One picture and its outcome. `status` is the journal's; `result` and `manifest` are relative paths."""

    key: str
    status: str
    money: Money
    before: bytes | None = None
    after: bytes | None = None
    result: str | None = None
    manifest: str | None = None
    model: str | None = None
    prompt: str | None = None
    seed: int | None = None
    seconds: float | None = None
    sentence: str = ""
    hint: str = ""
    moments: Sequence[Moment] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    uri: str
    width: int
    height: int


def report(outcomes: Sequence[Outcome], made_at: datetime, *, simulated: bool) -> str:
    """The HTML of the report."""
    edits = [_as_shown(outcome) for outcome in outcomes]
    style = "\n".join([*(_asset(name) for name in _STYLES), *_frames(edits)])
    script = _asset("slider.js")
    policy = (
        "default-src 'none'",
        "img-src data:",
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return render(
        "report",
        edits=edits,
        summary=_summary(outcomes),
        made_at=made_at.astimezone(UTC),
        simulated=simulated,
        policy="; ".join(policy),
        style=style,
        script=script,
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _as_shown(outcome: Outcome) -> dict[str, Any]:
    """The template's values. `frame` is the picture that determines the shape."""
    before, after = preview(outcome.before), preview(outcome.after)
    facts = {
        "Model": outcome.model,
        "Seed": outcome.seed,
        "Time": None if outcome.seconds is None else f"{outcome.seconds:.1f} s",
        "Cost": cost(outcome.money),
    }
    return {
        "outcome": outcome,
        "word": _WORDS.get(outcome.status.partition(":")[0], outcome.status.capitalize()),
        "before": before,
        "after": after,
        "frame": before or after,
        "facts": [(name, value) for name, value in facts.items() if value is not None],
        "result": _beside(outcome.result),
        "manifest": _beside(outcome.manifest),
    }


def _frames(edits: Sequence[Mapping[str, Any]]) -> list[str]:
    """A CSS rule with the shape of each picture: the policy forbids style attributes."""
    return [
        f"#picture-{number} {{ --ratio: {edit['frame'].width / edit['frame'].height:.4f} }}"
        for number, edit in enumerate(edits, 1)
        if edit["frame"]
    ]


def _beside(path: str | None) -> str | None:
    """A link to a file beside the report; `./` keeps a name from being read as a scheme or host."""
    return None if path is None else f"./{quote(path, safe='/')}"


def _summary(outcomes: Sequence[Outcome]) -> str:
    edited = sum(outcome.status == "succeeded" for outcome in outcomes)
    sums = dict.fromkeys(("none", "charged", "unknown"), Decimal(0))
    for outcome in outcomes:
        sums[outcome.money.state] += outcome.money.usd
    parts = [
        f"{edited} of {len(outcomes)} {'picture' if len(outcomes) == 1 else 'pictures'} edited",
        f"{usd(sums['charged'])} charged",
    ]
    if sums["unknown"]:
        parts.append(f"{usd(sums['unknown'])} may have been charged")
    return ", ".join(parts)


def preview(content: bytes | None) -> Preview | None:
    """A reduced picture; None for content that cannot be shown, since a refused drop may be anything."""
    if content is None:
        return None
    target = io.BytesIO()
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),  # too large here, too
            Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture,
        ):
            picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # decodes a large JPEG at reduced size
            colours = picture.info.get("icc_profile") if picture.mode in {"RGB", "RGBA"} else None
            shown = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            shown.info.pop("exif", None)  # Pillow writes it anew when it turns a picture, and fails with odd types
            shown.getexif()[ExifTags.Base.Orientation] = picture.getexif().get(ExifTags.Base.Orientation, 1)
            shown = ImageOps.exif_transpose(shown)
            shown.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            shown.save(target, "WEBP", quality=_QUALITY, icc_profile=colours, exif=b"", xmp=b"")
    except Exception:  # noqa: BLE001  # a damaged picture may raise anything, and the report is about paid edits
        return None
    return Preview(f"data:image/webp;base64,{base64.b64encode(target.getvalue()).decode()}", *shown.size)
