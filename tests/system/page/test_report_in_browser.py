"""The report of a run, opened from the disk as a client opens it."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from depthdrop_cli.page.report import Outcome, report
from depthdrop_cli.reading.entries import NO_MONEY, Money
from tests.system.page.conftest import Open
from tests.system.page.watched import Watched
from tests.unit.page.report_elements import CHARGED, MADE_AT

_SAMPLES = Path(__file__).resolve().parents[3] / "samples"
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>.jpg"
MOMENTS = (
    (1e9, "the picture was dropped"),
    (1e9 + 2, "settings were read and checked"),
    (1e9 + 2.4, "accepted as task b71ab802-a1a0-43b9-aca4-a461d67e5ddb, $0.06 charged"),
    (1e9 + 11.6, "succeeded"),
)


def _edited(key: str, prompt: str = "a winter evening, fresh snow on every roof, lanterns lit") -> Outcome:
    content = (_SAMPLES / key).read_bytes()
    with Image.open(io.BytesIO(content)) as original:
        target = io.BytesIO()
        original.convert("L").convert("RGB").save(target, "PNG")
    return Outcome(
        key=key,
        status="succeeded",
        money=CHARGED,
        before=content,
        after=target.getvalue(),
        result="after.png",
        manifest="after.json",
        model="flux-pro-1.0-depth",
        prompt=prompt,
        seed=7,
        seconds=9.2,
        moments=MOMENTS,
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    outcomes = [
        _edited("temple.jpg"),
        _edited("coffee.png"),
        Outcome(HOSTILE, "rejected", NO_MONEY, before=b"", prompt=HOSTILE, sentence=HOSTILE, moments=MOMENTS[:2]),
        Outcome("lost.jpg", "ambiguous", Money("unknown", Decimal("0.06")), sentence="The answer was lost."),
        Outcome(
            "stopped.jpg", "failed", CHARGED, before=(_SAMPLES / "rocket.jpg").read_bytes(), sentence="Moderated."
        ),
        Outcome("notes.txt", "unpaired", NO_MONEY, sentence="It came alone."),
        Outcome("parked.jpg", "parked: balance_empty", NO_MONEY, sentence="The balance is empty."),
    ]
    path = tmp_path_factory.mktemp("out") / "index.html"
    path.write_text(report(outcomes, MADE_AT, simulated=True), encoding="utf-8")
    return path.as_uri()


def test_it_asks_nobody_for_anything(visit: Open, url: str) -> None:
    report_page = visit(url)
    report_page.page.locator("article").last.scroll_into_view_if_needed()
    report_page.keep("report", whole=True)

    assert [asked for asked in report_page.asked if not asked.startswith("data:")] == [url]
    assert report_page.page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth > 0)")


def test_nothing_moves_while_it_opens(visit: Open, url: str) -> None:
    assert visit(url).shifts() == 0


def test_a_hostile_name_and_prompt_are_read_and_not_run(visit: Open, url: str) -> None:
    report_page = visit(url)
    article = report_page.page.locator("article").nth(2)

    assert article.locator("h2").inner_text() == HOSTILE
    assert article.locator("blockquote").inner_text() == HOSTILE
    assert article.locator("img, script").count() == 0


def test_what_is_put_into_it_afterwards_is_not_run_either(visit: Open, url: str, tmp_path: Path) -> None:
    text = Path(url.removeprefix("file://")).read_text(encoding="utf-8")
    intruders = (
        "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\" alt=''>"
        "<style>h1 { display: none }</style><p style='display: none' id='hidden'>shown</p>"
    )
    changed = tmp_path / "changed.html"
    changed.write_text(text.replace("</main>", f"{intruders}</main>"), encoding="utf-8")
    report_page = visit(changed.as_uri())
    refused, report_page.complaints = report_page.complaints, []

    assert report_page.page.title().startswith("Before and after")
    assert report_page.page.locator("h1").is_visible()
    assert report_page.page.locator("#hidden").is_visible()
    assert len([complaint for complaint in refused if "Content Security Policy" in complaint]) >= 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(visit: Open, url: str, scheme: str, width: int) -> None:
    report_page = visit(url, width=width, height=740, color_scheme=scheme)
    report_page.keep(f"report-{scheme}-{width}")

    assert report_page.violations() == []
    assert not report_page.is_wider_than_its_window()


def test_the_dark_scheme_is_dark(visit: Open, url: str) -> None:
    light, dark = (visit(url, color_scheme=scheme) for scheme in ("light", "dark"))

    assert _lightness(light) > 0.8
    assert _lightness(dark) < 0.2


def _lightness(watched: Watched) -> float:
    """Of the page's corner as it is painted, from 0 to 1."""
    with Image.open(io.BytesIO(watched.page.screenshot(clip={"x": 0, "y": 0, "width": 4, "height": 4}))) as corner:
        values = corner.convert("L").tobytes()
    return sum(values) / len(values) / 255
