"""The report of a run: one file with each picture before and after, and what became of it.

Its policy lets a browser ask nobody for anything: pictures are inline, style and script are named by their hashes.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from depthdrop_cli.page.report_pictures import Preview, preview
from depthdrop_cli.reading.entries import Money
from depthdrop_cli.reading.timeline import Moment
from depthdrop_cli.terminal.output import usd

_ASSETS = Path(__file__).parent / "assets"
_STYLES = ("base.css", "slider.css", "report.css")
_SCRIPT = "slider.js"
_WORDS = {
    "succeeded": "Edited",
    "failed": "Failed",
    "rejected": "Refused",
    "ambiguous": "Unknown",
    "unpaired": "Unpaired",
    "parked": "Resting",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One picture and what became of it. `status` is the journal's word; `result` and `manifest` stand beside."""

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


def report(told: Sequence[Told], made_at: datetime, *, simulated: bool) -> str:
    """The whole file as text."""
    edits = [_as_shown(one) for one in told]
    style = "\n".join([*(_asset(name) for name in _STYLES), *_frames(edits)])
    script = _asset(_SCRIPT)
    template = _templates().get_template("report.html")
    return template.render(
        edits=edits,
        summary=_summary(told),
        made_at=made_at.astimezone(UTC),
        simulated=simulated,
        policy=_policy(style, script),
        style=style,
        script=script,
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("depthdrop_cli.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(style: str, script: str) -> str:
    """No base, no form, no frame, no address: nothing but what this very file holds."""
    parts = (
        "default-src 'none'",
        "img-src data:",
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@dataclass(frozen=True, slots=True)
class _Moment:
    at: str
    after: str
    what: str


@dataclass(frozen=True, slots=True)
class _Shown:
    told: Told
    word: str
    before: Preview | None
    after: Preview | None
    facts: Sequence[tuple[str, str]]
    moments: Sequence[_Moment]
    result: str | None
    manifest: str | None

    @property
    def frame(self) -> Preview | None:
        """The picture that gives the place its shape."""
        return self.before or self.after


def _as_shown(told: Told) -> _Shown:
    facts = [
        ("Model", told.model),
        ("Seed", None if told.seed is None else str(told.seed)),
        ("Time", None if told.seconds is None else f"{told.seconds:.1f} s"),
        ("Cost", _cost(told.money)),
    ]
    return _Shown(
        told=told,
        word=_WORDS.get(told.status.partition(":")[0], told.status.capitalize()),
        before=preview(told.before),
        after=preview(told.after),
        facts=[(name, value) for name, value in facts if value is not None],
        moments=[_moment(at, told.moments[0][0], what) for at, what in told.moments],
        result=_beside(told.result),
        manifest=_beside(told.manifest),
    )


def _moment(at: float, first: float, what: str) -> _Moment:
    return _Moment(datetime.fromtimestamp(at, UTC).isoformat(), f"{at - first:.1f} s", what)


def _frames(edits: Sequence[_Shown]) -> list[str]:
    """The shape of each picture as a rule of the one style: the policy allows no style on an element."""
    return [
        f"#picture-{number} {{ --ratio: {edit.frame.width / edit.frame.height:.4f} }}"
        for number, edit in enumerate(edits, 1)
        if edit.frame
    ]


def _beside(path: str | None) -> str | None:
    """A link to a file beside the report; a name is never taken for a scheme or a host."""
    return None if path is None else f"./{quote(path, safe='/')}"


def _cost(money: Money) -> str:
    sums = {"none": "nothing", "charged": usd(money.usd)}
    return sums.get(money.state, f"{usd(money.usd)}, perhaps")


def _summary(told: Sequence[Told]) -> str:
    edited = sum(one.status == "succeeded" for one in told)
    charged = sum((one.money.usd for one in told if one.money.state == "charged"), Decimal(0))
    unknown = sum((one.money.usd for one in told if one.money.state == "unknown"), Decimal(0))
    parts = [
        f"{edited} of {len(told)} {'picture' if len(told) == 1 else 'pictures'} edited",
        f"{usd(charged)} charged",
    ]
    if unknown:
        parts.append(f"{usd(unknown)} may have been charged")
    return ", ".join(parts)
