"""What `make run` leaves to look at, of the samples."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.system.e2e.commands import local
from tests.system.page.conftest import Open

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    ended = local(folder, "run", SPEED="20")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("Before and after, as one file: out/index.html\n")
    return folder / "out"


def test_the_samples_are_shown_with_before_and_after_and_a_timeline(visit: Open, out: Path) -> None:
    report = visit((out / "index.html").as_uri(), height=680)
    articles = report.page.locator("article")
    articles.last.evaluate("one => one.scrollIntoView({ block: 'center' })")
    report.keep("readme-report")

    assert articles.locator("h2").all_inner_texts() == ["coffee.png", "rocket.jpg", "temple.jpg"]
    assert articles.locator(".compare").count() == 3
    assert articles.locator(".status").all_inner_texts() == ["Edited"] * 3
    for moments in articles.locator(".moments").all():
        assert "the paid request went out" in moments.inner_text()
    assert report.page.locator(".simulated").is_visible()


def test_its_links_lead_to_the_full_files_beside_it(visit: Open, out: Path) -> None:
    links = visit((out / "index.html").as_uri()).page.locator("article a")
    found = [unquote(one.get_attribute("href") or "") for one in links.all()]

    assert len(found) == 6
    assert all((out / path).is_file() for path in found)


def test_it_is_small_enough_to_be_sent(out: Path) -> None:
    assert (out / "index.html").stat().st_size < 2_000_000
