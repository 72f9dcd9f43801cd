"""Every link between documents leads somewhere, and every document is on the index."""

from pathlib import Path

import pytest

from local.stack.bundle import ROOT
from tests.unit.documents.pages import anchors, broken, documents, links, rows

INDEX = ROOT / "docs" / "README.md"


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    assert list(broken(page, page.read_text())) == []


@pytest.mark.parametrize(
    "target", ["nowhere.md", "money.md#nowhere", "#nowhere", "../docs/drops.md#a-drop", "wait.png"]
)
def test_a_link_that_leads_nowhere_is_found(target: str) -> None:
    [found] = broken(INDEX, f"# Here\n\nSee [there]({target}) and [here](#here), `[code](none.md)`.\n")

    assert target in found


def test_headings_are_named_as_github_names_them() -> None:
    text = "# `make run`: no AWS, no Docker\n## Two words\n## Two words\n```\n# not a heading\n```\n### use_cases\n"

    assert anchors(text) == {"make-run-no-aws-no-docker", "two-words", "two-words-1", "use_cases"}


def test_a_picture_inside_a_link_and_two_links_in_a_line_are_seen() -> None:
    assert links("![a](a.webp) and [b](b.md), [c `d`](c.md#d)") == ["a.webp", "b.md", "c.md#d"]


def test_the_index_has_one_line_for_each_document() -> None:
    targets = [links(row[0])[0] for row in rows(INDEX.read_text().partition("## Questions")[0]) if links(row[0])]
    named = {(INDEX.parent / target.partition("#")[0]).resolve() for target in targets}
    for_readers = {*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")} - {INDEX}

    assert len(targets) == len(set(targets))
    assert for_readers <= named


@pytest.mark.parametrize("page", ["README.md", "docs/drops.md", "CONTRIBUTING.md", "docs/README.md"])
def test_the_glossary_is_one_click_away(page: str) -> None:
    targets = {(ROOT / page).parent.joinpath(target).resolve() for target in links((ROOT / page).read_text())}

    assert ROOT / "docs" / "glossary.md" in targets


def test_the_glossary_is_short_and_in_order() -> None:
    terms = [term.strip("*") for term, _ in rows((ROOT / "docs" / "glossary.md").read_text())]

    assert len(terms) <= 20
    assert terms == sorted(terms)
