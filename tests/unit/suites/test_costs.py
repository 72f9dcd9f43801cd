"""The bill of an edit: the way through the workflow, billed time, prices."""

from collections import Counter

import pytest

from tests.bench import costs
from tests.bench.edit_bill import Step, memory_of, transitions
from tests.bench.prices import PRICES

WAY = ("Wait", "Poll", "IsPending", "Finalize")


def test_the_start_and_each_state_that_is_entered_are_transitions() -> None:
    assert transitions(WAY) == 5
    assert transitions(("Wait", "Poll", "IsPending", *WAY)) == 8


@pytest.mark.parametrize("way", [WAY[1:], WAY[:-1], (*WAY[:2], "Finalize"), ("Wait", "IsPending", *WAY[3:])])
def test_a_way_that_the_definition_does_not_have_is_not_counted(way: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is not"):
        transitions(way)


def test_a_step_is_billed_for_its_share_of_a_processor_and_for_waiting() -> None:
    step = Step({"usage": {"s3_read": 2}, "calls": {"s3": 2, "dynamodb": 5}, "log_bytes": 400}, [0.1, 9.0, 0.1])
    use = step.use(1769, waiting_seconds=0.5)

    assert step.billed_seconds(1769) == step.billed_seconds(3000) == pytest.approx(0.1 + 0.06 + 0.03)
    assert step.billed_seconds(884) == pytest.approx(0.2 + 0.09, abs=0.001)
    assert use["gb_second"] == pytest.approx((0.19 + 0.5) * 1769 / 1024)
    assert (use["invocation"], use["s3_read"], use["log_gb"]) == (1, 2, 1e-6)


def test_memory_is_the_templates() -> None:
    assert (memory_of("submit"), memory_of("poll"), memory_of("finalize")) == (512, 256, 512)


def test_a_bill_is_of_a_thousand_edits_and_every_part_of_it_has_a_price() -> None:
    assert costs.usd({"transition": 7, "gb_second": 2}) == pytest.approx(0.175 + 0.0266668)
    with pytest.raises(KeyError):
        costs.usd({"parsecs": 1})


def test_the_parts_are_the_whole() -> None:
    parts = [name for names in costs._PARTS.values() for name in names]

    assert Counter(parts) == Counter(name for name in PRICES if name != "free")


def test_the_ways_on_paper_cost_what_their_seconds_and_operations_say() -> None:
    """A: about 20.5 s of 512 MB. Durable: about 15 operations, which cost most."""
    assert costs.one_lambda_usd() == pytest.approx(20.5 * 0.5 * 0.0133334, rel=0.05)
    assert costs.durable_usd() == pytest.approx(15 * 0.008 + 0.03, rel=0.1)
