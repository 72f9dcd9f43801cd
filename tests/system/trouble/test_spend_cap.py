"""Two hundred drops and a budget for twenty: twenty are paid for, the rest wait until the budget is raised."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from local.fake_upstream import Settings
from local.stack.stack import Options, local_stack
from tests.system.trouble.crowd import Crowd

pytestmark = pytest.mark.sockets

DROPS, AFFORDABLE = 200, 20
BUDGET = Decimal("0.06") * AFFORDABLE
PATIENCE_SECONDS = 1800.0  # only what does not end at all takes so long
LASTS_SECONDS = 10.0  # with everybody waiting
PARAMETERS = {
    "Slots": "20",
    "LingerSeconds": "3",
    "DeadlineSeconds": "600",
    "DailyBudgetUsd": f"{BUDGET}",
}

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with local_stack(Options(upstream=Settings(speed=30, random_seed=7), parameters=PARAMETERS)) as stack:
        yield Crowd(stack)


def raise_budget(crowd: Crowd, usd: str) -> None:
    """As a deploy with another parameter does."""
    functions = crowd.stack.emulator.client("lambda")
    for one in functions.list_functions()["Functions"]:
        variables = one.get("Environment", {}).get("Variables", {})
        if "DAILY_BUDGET_USD" in variables:
            functions.update_function_configuration(
                FunctionName=one["FunctionName"], Environment={"Variables": {**variables, "DAILY_BUDGET_USD": usd}}
            )


def test_what_the_budget_allows_is_paid_and_the_rest_continues_when_it_is_raised(
    crowd: Crowd, record_property: Record
) -> None:
    keys = crowd.drop("budget", DROPS)

    assert crowd.until(
        lambda: crowd.parked() == DROPS - AFFORDABLE and crowd.words(keys)["succeeded"] == AFFORDABLE,
        PATIENCE_SECONDS,
    )
    crowd.until(lambda: False, LASTS_SECONDS)
    within = crowd.charges("budget").total()
    reasons = {drop["parked"] for drop in crowd.stack.records("drop#") if "parked" in drop}
    published = [
        event for key in keys for event in crowd.events[key] if event["type"] == "depthdrop.drop.budget_reached.v1"
    ]
    raise_budget(crowd, "100")
    crowd.until(lambda: crowd.words(keys)["succeeded"] == DROPS, PATIENCE_SECONDS)
    record_property("within_budget_finished", within)
    record_property("over_budget", max(0, within - AFFORDABLE))
    record_property("waiting_finished", crowd.words(keys)["succeeded"])
    record_property("dead_letters", crowd.dead_letters())

    assert (within, reasons, len({event["id"] for event in published})) == (AFFORDABLE, {"budget_reached"}, 1)
    assert crowd.words(keys) == {"succeeded": DROPS}
    assert set(crowd.charges("budget").values()) == {1}
    assert (crowd.parked(), crowd.dead_letters()) == (0, 0)
