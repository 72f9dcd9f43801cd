"""Two hundred drops wait because the owner must act first: nothing is lost, hardly anything is sent, all finish."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from local.fake_upstream import Settings
from local.stack.stack import Options, local_stack
from tests.system.trouble.crowd import Crowd

pytestmark = pytest.mark.sockets

DROPS = 200
AT_ONCE = 4  # submits at work when the first refusal comes: MaximumConcurrency of template.yaml
PROBE_SECONDS = 15
LASTS_SECONDS = 30.0  # with everybody parked
PATIENCE_SECONDS = 1800.0  # only what does not end at all takes so long
PARAMETERS = {
    "Slots": "20",
    "LingerSeconds": "3",
    "DeadlineSeconds": "600",
    "CircuitProbeSeconds": str(PROBE_SECONDS),
}

Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Cause:
    """Why nothing can be sent, and what its owner does about it."""

    status: str  # of the upstream's refusal
    reason: str
    strike: Callable[[Crowd], None]
    put_right: Callable[[Crowd], None]


def empty(crowd: Crowd) -> None:
    crowd.upstream.configure(balance=Decimal(0))


def fill(crowd: Crowd) -> None:
    crowd.upstream.configure(balance=None)


def rotate(crowd: Crowd) -> None:
    crowd.upstream.rotate_key("newer")


def tell_the_secret(crowd: Crowd) -> None:
    secrets, secret = crowd.stack.emulator.client("secretsmanager"), crowd.stack.outputs["UpstreamKeySecretArn"]
    secrets.put_secret_value(SecretId=secret, SecretString="newer")


CAUSES = {
    "balance": Cause("402", "balance_empty", empty, fill),
    "key": Cause("401", "key_refused", rotate, tell_the_secret),
}


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with local_stack(Options(upstream=Settings(speed=30, random_seed=7), parameters=PARAMETERS)) as stack:
        yield Crowd(stack)


@pytest.mark.parametrize("name", CAUSES)
def test_drops_wait_outside_the_queue_and_all_finish(name: str, crowd: Crowd, record_property: Record) -> None:
    cause = CAUSES[name]
    cause.strike(crowd)
    began = time.monotonic()
    keys = crowd.drop(name, DROPS)

    assert crowd.until(lambda: crowd.parked() == DROPS, PATIENCE_SECONDS)
    crowd.until(lambda: False, LASTS_SECONDS)
    probes = crowd.posts()[cause.status]
    lasted = time.monotonic() - began

    def reasons() -> set[str | None]:
        return {drop.get("parked") for drop in crowd.stack.records("drop#") if drop["image_key"] in keys}

    all_are_parked = crowd.until(lambda: reasons() == {cause.reason}, PATIENCE_SECONDS)  # not while one is a probe
    waiting = crowd.words(keys)
    cause.put_right(crowd)
    crowd.until(lambda: crowd.words(keys)["nothing"] == 0, PATIENCE_SECONDS)
    record_property(f"{name}_seconds", round(lasted))
    record_property(f"{name}_probes", probes)
    record_property("waiting_finished", crowd.words(keys)["succeeded"])
    record_property("dead_letters", crowd.dead_letters())

    assert (all_are_parked, waiting) == (True, {"nothing": DROPS})
    assert 1 <= probes <= AT_ONCE + lasted / PROBE_SECONDS
    assert crowd.words(keys) == {"succeeded": DROPS}
    assert set(crowd.charges(name).values()) == {1}
    assert (crowd.parked(), crowd.dead_letters()) == (0, 0)
