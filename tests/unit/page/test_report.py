"""The report of a run shows the outcome of each picture."""

from decimal import Decimal

import pytest

from depthdrop_cli.page.report import Outcome
from depthdrop_cli.reading.entries import NO_MONEY, Money
from tests.unit.page.report_elements import CHARGED, Page, edited, picture, read


def test_an_edit_shows_both_pictures_and_its_settings() -> None:
    page = read([edited()])
    [figure], [before, after], [handle] = page.all("figure"), page.all("img"), page.all("input")

    assert {"class": "compare", "data-compare": ""}.items() <= figure.items()
    assert (before["class"], after["class"]) == ("before", "after")
    assert (before["alt"], after["alt"]) == ("church.jpg before", "church.jpg after")
    assert {"type": "range", "min": "0", "max": "100", "value": "50"}.items() <= handle.items()
    assert "church.jpg" in handle["aria-label"]
    for shown in ("Edited", "a watercolour", "flux-pro-1.0-depth", "4041919005", "19.2 s", "$0.06"):
        assert shown in page.words()


def test_the_full_picture_and_the_manifest_are_linked_beside_it() -> None:
    page = read([edited(result="my trip/50% é.png")])

    assert [link["href"] for link in page.all("a")] == ["./my%20trip/50%25%20%C3%A9.png", "./church-8277c3e4.json"]


def test_the_timeline_counts_from_the_drop_and_keeps_the_moments() -> None:
    page = read([edited()])

    assert "0.0 s the picture was dropped 21.5 s notified" in page.words()
    assert page.all("time")[1:] == [
        {"datetime": "2001-09-09T01:46:40+00:00"},
        {"datetime": "2001-09-09T01:47:01.500000+00:00"},
    ]


@pytest.mark.parametrize(
    ("status", "word", "money", "cost"),
    [
        ("failed", "Failed", CHARGED, "Cost $0.06"),
        ("failed", "Failed", NO_MONEY, "Cost nothing"),
        ("rejected", "Refused", NO_MONEY, "Cost nothing"),
        ("ambiguous", "Unknown", Money("unknown", Decimal("0.06")), "Cost $0.06, perhaps"),
        ("unpaired", "Unpaired", NO_MONEY, "Cost nothing"),
        ("parked: balance_empty", "Parked", NO_MONEY, "Cost nothing"),
        ("the upstream is at work", "The upstream is at work", CHARGED, "Cost $0.06"),
    ],
)
def test_an_edit_without_a_result_shows_its_picture_sentence_and_cost(
    status: str, word: str, money: Money, cost: str
) -> None:
    page = read(
        [Outcome("church.jpg", status, money, before=picture(), sentence="This was wrong.", hint="Do that.")]
    )
    [shown] = page.all("img")

    assert shown["alt"] == "church.jpg, as it was dropped"
    assert page.all("input") == []
    for part in (word, "This was wrong. Do that.", cost, "0 of 1 picture edited"):
        assert part in page.words()


def test_a_file_that_is_not_a_picture_shows_none() -> None:
    page = read([Outcome("notes.txt", "unpaired", NO_MONEY, before=b"a watercolour", sentence="It came alone.")])

    assert page.all("img") == []
    assert "No picture to show" in page.words()
    assert "It came alone." in page.words()


def test_the_summary_adds_up_what_was_and_what_may_have_been_charged() -> None:
    lost = Outcome("lost.jpg", "ambiguous", Money("unknown", Decimal("0.04")))
    page = read([edited(), edited(), lost])

    assert "2 of 3 pictures edited, $0.12 charged, $0.04 may have been charged · 30 June 2026" in page.words()


def test_nothing_dropped_is_a_report_too() -> None:
    page = read([])

    assert "No pictures were dropped." in page.words()
    assert "0 of 0 pictures edited, $0.00 charged" in page.words()


@pytest.mark.parametrize("simulated", [True, False])
def test_a_run_without_the_real_model_says_so(*, simulated: bool) -> None:
    words = read([edited()], simulated=simulated).words()

    assert ("Simulated" in words) is simulated
    assert ("No money was spent: the amounts are what the paid model would have charged." in words) is simulated


def test_each_place_has_the_shape_of_its_picture_before_it_is_painted() -> None:
    page: Page = read([edited(), Outcome("tall.jpg", "failed", CHARGED, before=picture(30, 60))])

    assert [figure["id"] for figure in page.all("figure")] == ["picture-1"]
    assert page.all("img")[-1]["id"] == "picture-2"
    assert "#picture-1 { --ratio: 1.3333 }" in page.text("style")
    assert "#picture-2 { --ratio: 0.5000 }" in page.text("style")
