"""A report as a browser reads it: its elements, their attributes, and the text between."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

from PIL import Image

from depthdrop_cli.page.report import Outcome, report
from depthdrop_cli.reading.entries import Money

CHARGED = Money("charged", Decimal("0.06"))
MADE_AT = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)


def picture(width: int = 64, height: int = 48, form: str = "JPEG", mode: str = "RGB", **extra: object) -> bytes:
    target = io.BytesIO()
    shown = Image.linear_gradient("L").resize((width, height)).convert(mode)
    if mode.endswith("A"):
        shown.putalpha(100)
    shown.save(target, form, **extra)
    return target.getvalue()


def edited(key: str = "church.jpg", prompt: str = "a watercolour", result: str = "church-8277c3e4.png") -> Outcome:
    return Outcome(
        key=key,
        status="succeeded",
        money=CHARGED,
        before=picture(),
        after=picture(form="PNG"),
        result=result,
        manifest="church-8277c3e4.json",
        model="flux-pro-1.0-depth",
        prompt=prompt,
        seed=4041919005,
        seconds=19.206,
        moments=[(1e9, "the picture was dropped"), (1e9 + 21.5, "notified")],
    )


@dataclass
class Page(HTMLParser):
    """Separates markup from shown text, and records the element of text that is alone in it."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    _open: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open = tag

    def handle_endtag(self, _tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open, data))

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return "".join(text for name, text in self.texts if name == tag)

    def words(self) -> str:
        """Everything that a person reads."""
        shown = (text for tag, text in self.texts if text.strip() and tag not in {"style", "script"})
        return " ".join(" ".join(shown).split())


def read(received: Sequence[Outcome], *, simulated: bool = False) -> Page:
    page = Page()
    page.feed(report(received, MADE_AT, simulated=simulated))
    return page
