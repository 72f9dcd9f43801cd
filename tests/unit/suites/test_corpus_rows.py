"""Rows 8, 9 and 10 fail when a case does, when one lacks what it must have, and when there are too few."""

import xml.etree.ElementTree as ET  # reports that are made here

import pytest

from tests.scorecard.corpus_rows import CORPORA, Corpus, row_of

GOOD = {8: {"resolved": 1}, 9: {"receipts": 1, "posts": 0}, 10: {"forged": 0, "secrets": 0}}


def cases(corpus: Corpus, count: int, last: dict[str, int], *, failed: bool = False) -> list[ET.Element]:
    """A report in which all is well, but for the last case perhaps."""
    made = []
    for number in range(count):
        case = ET.Element("testcase", classname=corpus.tests)
        for name, value in (last if number == count - 1 else GOOD[corpus.row]).items():
            ET.SubElement(case, "property", name=name, value=str(value))
        made.append(case)
    if failed:
        ET.SubElement(made[-1], "failure")
    return made


@pytest.mark.parametrize("corpus", CORPORA, ids=[f"row {corpus.row}" for corpus in CORPORA])
def test_a_row_is_kept_by_as_many_good_cases_as_are_asked_for(corpus: Corpus) -> None:
    good = GOOD[corpus.row]

    assert row_of(corpus, cases(corpus, corpus.least, good)).kept
    assert not row_of(corpus, cases(corpus, corpus.least - 1, good)).kept
    assert not row_of(corpus, cases(corpus, corpus.least, good, failed=True)).kept
    assert not row_of(corpus, []).kept


@pytest.mark.parametrize(
    ("row", "last"),
    [
        (8, {"resolved": 0}),
        (9, {"receipts": 0, "posts": 0}),
        (9, {"receipts": 2, "posts": 0}),
        (9, {"receipts": 1, "posts": 1}),
        (10, {"forged": 1, "secrets": 0}),
        (10, {"forged": 0, "secrets": 1}),
    ],
)
def test_one_case_that_came_to_something_else_fails_its_row(row: int, last: dict[str, int]) -> None:
    [corpus] = [corpus for corpus in CORPORA if corpus.row == row]

    assert not row_of(corpus, cases(corpus, corpus.least + 1, last)).kept
