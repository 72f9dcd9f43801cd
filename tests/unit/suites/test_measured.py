"""A row passes by its own figures, and every row can fail by each of them."""

import pytest

from tests.scorecard import fault_rows, hostile_rows, model_rows, schedule_rows, template_rows, trouble_rows
from tests.scorecard.measured import Measured
from tests.scorecard.reports import Report, read

SCORECARD = [
    *fault_rows.MEASURED,
    *hostile_rows.MEASURED,
    *trouble_rows.MEASURED,
    *schedule_rows.MEASURED,
    *template_rows.MEASURED,
    model_rows.MEASURED,
]
ROW = Measured(7, "enough", ("a",), "{tried} tried, {most_ids} id", {"tried": 5}, {"most_ids": 1})


def good(row: Measured) -> dict[str, float]:
    """Figures that just meet the row's targets."""
    named = dict.fromkeys((field for field in _fields(row)), 0.0)
    return named | dict(row.at_most) | dict(row.at_least)


def _fields(row: Measured) -> list[str]:
    return [piece.partition("}")[0] for piece in row.figure.split("{")[1:]]


def test_a_row_says_its_figures() -> None:
    row = ROW.judge(Report({"tried": 12345, "most_ids": 1}))

    assert (row.figure, row.kept) == ("12 345 tried, 1 id", True)


@pytest.mark.parametrize("row", SCORECARD, ids=lambda row: str(row.number))
def test_each_row_passes_at_its_target_and_fails_beside_it(row: Measured) -> None:
    figures = good(row)

    assert row.judge(Report(figures)).kept
    assert row.at_least
    for name, least in row.at_least.items():
        assert not row.judge(Report({**figures, name: least - 1})).kept
    for name, most in row.at_most.items():
        assert not row.judge(Report({**figures, name: most + 1})).kept


@pytest.mark.parametrize("row", SCORECARD, ids=lambda row: str(row.number))
def test_each_row_fails_without_any_one_of_its_figures(row: Measured) -> None:
    figures = good(row)
    for name in figures:
        assert not row.judge(Report({other: value for other, value in figures.items() if other != name})).kept


@pytest.mark.parametrize("row", SCORECARD, ids=lambda row: str(row.number))
def test_each_row_fails_with_any_trouble_and_reports_it(row: Measured) -> None:
    judged, nothing = row.judge(Report(good(row), "a test failed")), row.judge(Report({}, "a test failed"))

    assert judged.figure.endswith("; a test failed")
    assert (nothing.figure, judged.kept, nothing.kept) == ("a test failed", False, False)


def test_figures_of_several_tests_are_added_up_or_their_extremes_taken() -> None:
    first, second = (
        Report({"tried": 2, "most_ids": 1, "fewest": 4}),
        Report({"tried": 3, "most_ids": 2, "fewest": 5}),
    )

    assert first.and_also(second).figures == {"tried": 5, "most_ids": 2, "fewest": 4}


CASE = '<testcase name="a"><properties><property name="tried" value="2"/></properties>{}</testcase>'


def test_a_report_is_read_without_what_other_tools_state_in_it() -> None:
    other = '<properties><property name="hypothesis-statistics-a" value="x"/></properties>'
    report = read(f"<testsuite>{other}{CASE.format('')}{CASE.format('')}</testsuite>")

    assert report == Report({"tests": 2, "tried": 4})


@pytest.mark.parametrize("kind", ["failure", "error", "skipped"])
def test_what_did_not_pass_is_trouble(kind: str) -> None:
    element = f'<{kind} message="it is&#10; so"/>'
    report = read(f"<testsuite>{CASE.format('')}{CASE.format(element)}</testsuite>")

    assert report.trouble == f"a: {kind}: it is so"
