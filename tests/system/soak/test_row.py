"""The scorecard's row keeps a good soak and nothing less."""

from typing import Any

import pytest

from tests.scorecard.soak_rows import row_of

GOOD: dict[str, Any] = {
    "drops": 1000,
    "crowd": 30,
    "notified": 1030,
    "faults": 200,
    "kinds": {"post.400": {"drops": 3}, "poll.500": {"drops": 7}},
    "peak_active": 12,
    "slots": 12,
    "paid_twice": 0,
    "lost": 0,
    "ours_usd": "57.12",
    "ledger_usd": "57.12",
}


def test_a_good_soak_is_kept_with_its_figures() -> None:
    row = row_of(GOOD, passed=True)

    assert row.kept
    assert row.figure == (
        "1030 of 1030 drops ended, 200 with faults of 2 kinds, each 3 times or more; paid twice 0, lost 0; "
        "ours $57.12, the ledger $57.12; at most 12 active in 12 slots"
    )


@pytest.mark.parametrize(
    "doctored",
    [
        {"drops": 999, "notified": 1029},
        {"notified": 1029},
        {"faults": 199},
        {"kinds": {**GOOD["kinds"], "link.file": {"drops": 2}}},
        {"peak_active": 13},
        {"paid_twice": 1},
        {"lost": 1},
        {"ours_usd": "57.06"},
    ],
)
def test_anything_less_is_not(doctored: dict[str, Any]) -> None:
    assert not row_of({**GOOD, **doctored}, passed=True).kept


def test_a_test_that_failed_is_enough() -> None:
    assert not row_of(GOOD, passed=False).kept
