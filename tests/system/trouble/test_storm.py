"""A storm of 429 over two hundred drops, through the real queue, Lambdas and state machine."""

from collections.abc import Callable, Iterator

import pytest

from local.fake_upstream import Settings
from local.stack.stack import Options, local_stack
from tests.system.trouble.crowd import Crowd

pytestmark = pytest.mark.sockets

DROPS = 200
STORM = 200  # POSTs that are answered with 429 before one is taken
SLOTS = 20
CAP = 24  # of the upstream
PATIENCE_SECONDS = 1800.0  # only what does not end at all takes so long
PARAMETERS = {"Slots": str(SLOTS), "LingerSeconds": "3", "DeadlineSeconds": "600", "CircuitProbeSeconds": "2"}

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    settings = Settings(speed=5, active_cap=CAP, random_seed=7)
    with local_stack(Options(upstream=settings, parameters=PARAMETERS)) as stack:
        yield Crowd(stack)


def test_all_finish_and_never_more_are_active_than_there_are_slots(crowd: Crowd, record_property: Record) -> None:
    crowd.upstream.arm("post.429", times=STORM, retry_after=1)
    keys = crowd.drop("storm", DROPS)
    crowd.until(lambda: crowd.words(keys)["nothing"] == 0, PATIENCE_SECONDS)
    peak, refusals = crowd.upstream.state["peak_active"], crowd.posts()["429"]
    record_property("storm_finished", crowd.words(keys)["succeeded"])
    record_property("most_active", peak)
    record_property("storm_refusals", refusals)

    assert crowd.words(keys) == {"succeeded": DROPS}
    assert refusals >= STORM
    assert 1 < peak <= SLOTS
    assert set(crowd.charges("storm").values()) == {1}
    assert (crowd.parked(), crowd.dead_letters()) == (0, 0)
