"""The soak: many drops at once, a fifth of them with trouble of every kind, through all that is real but AWS.

`SOAK_DROPS` sets how many (200 by default). What must hold is the same at any size: every drop ends, nothing is
paid twice, our spend is the upstream's ledger to the cent, and active tasks never outnumber the slots.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from local.fake_upstream import Settings
from local.stack import LocalStack, Options, local_stack
from tests.e2e.pictures import photograph

pytestmark = pytest.mark.sockets

DROPS = int(os.environ.get("SOAK_DROPS", "200"))
SLOTS = 20
PATIENCE_SECONDS = 120 + DROPS * 1.5

# What each fault must come to. Trouble that passes ends in a picture; the rest in a word of its own.
FAULTS: dict[str, str] = {
    "post.400": "rejected",
    "post.422": "rejected",
    "post.404": "rejected",
    "post.410": "rejected",
    "post.503_model_not_found": "rejected",
    "post.500_invalid_request": "rejected",
    "post.401 times=2": "succeeded",
    "post.402 times=1": "succeeded",
    "post.403_quota times=1": "succeeded",
    "post.429 retry_after=1 times=1": "succeeded",
    "post.task_id": "succeeded",
    "post.status_pending": "succeeded",
    "post.extra_keys": "succeeded",
    "post.foreign_polling_url": "succeeded",
    "post.500_charged": "ambiguous",
    "post.502": "ambiguous",
    "post.524_charged": "ambiguous",
    "post.redirect": "ambiguous",
    "post.html": "ambiguous",
    "post.no_id_charged": "ambiguous",
    "post.reset_charged": "ambiguous",
    "post.truncated_charged": "ambiguous",
    "poll.not_found seconds=3": "succeeded",
    "poll.404_not_found seconds=3": "succeeded",
    "poll.unknown_status seconds=5": "succeeded",
    "poll.429 times=1": "succeeded",
    "poll.503 times=1": "succeeded",
    "poll.not_json times=1": "succeeded",
    "poll.result_null times=1": "succeeded",
    "poll.wrapped": "succeeded",
    "poll.content_moderated": "failed",
    "poll.request_moderated": "failed",
    "poll.error": "failed",
    "poll.503_error": "failed",
    "poll.wrapped_failure": "failed",
    "download.expired times=1": "succeeded",
    "download.truncated times=1": "succeeded",
    "download.html times=1": "succeeded",
    "download.reset times=1": "succeeded",
    "download.wrong_magic times=1": "succeeded",
}
PARAMETERS = {
    "Slots": str(SLOTS),
    "LingerSeconds": "3",
    "DeadlineSeconds": "60",  # an ambiguous edit holds its slot that long; a task takes a second here
    "CircuitProbeSeconds": "2",
}


class Soak:
    """A run: what was dropped, what was told, and what the upstream's ledger says of it."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.expected: dict[str, str] = {}
        self.kinds: Counter[str] = Counter()
        self.events: dict[str, list[dict[str, Any]]] = {}

    def drop_all(self) -> None:
        picture = photograph(256, 256)
        names = list(FAULTS)
        for number in range(DROPS):
            fault = names[number // 5 % len(names)] if number % 5 == 0 else ""
            key = f"soak/{number:04}.jpg"
            self.expected[key] = FAULTS.get(fault, "succeeded")
            self.kinds[fault.partition(" ")[0] or "none"] += 1
            self.stack.put(key, picture)
            self.stack.put(f"{key}.txt", f"picture {number} [[fault {fault}]]".replace(" [[fault ]]", "").encode())

    def run(self) -> None:
        """Sweep often, as time is scaled, until every drop is told or patience is over."""
        lambdas = self.stack.emulator.client("lambda")
        listed = lambdas.list_functions()["Functions"]
        (sweep,) = (one["FunctionName"] for one in listed if "-SweepFunction-" in one["FunctionName"])
        end = time.monotonic() + PATIENCE_SECONDS
        while len(self.events) < DROPS and time.monotonic() < end:
            lambdas.invoke(FunctionName=sweep, Payload=b"{}")
            while notices := self.stack.notices(1):
                for notice in notices:
                    event = notice["event"]
                    self.events.setdefault(event["subject"], []).append(event)

    def word(self, key: str) -> str:
        told = self.events.get(key)
        return told[-1]["type"].split(".")[2] if told else "nothing"


@pytest.fixture(scope="module")
def soak() -> Iterator[Soak]:
    settings = Settings(speed=30, active_cap=24, random_seed=7)
    with local_stack(Options(upstream=settings, parameters=PARAMETERS)) as stack:
        done = Soak(stack)
        done.drop_all()
        done.run()
        yield done


def test_every_drop_ends_as_its_trouble_says(soak: Soak) -> None:
    wrong = {key: soak.word(key) for key, word in soak.expected.items() if soak.word(key) != word}

    assert wrong == {}, json.dumps({str(kind): count for kind, count in soak.kinds.items()})


def test_nothing_is_paid_twice(soak: Soak) -> None:
    assert soak.stack.upstream is not None
    charges = Counter(charge.prompt for charge in soak.stack.upstream.ledger.charges)

    assert {prompt: count for prompt, count in charges.items() if count > 1} == {}


def test_our_spend_is_the_upstreams_ledger_to_the_cent(soak: Soak) -> None:
    """What was told as charged, and of what was told as unknown exactly that which the ledger has."""
    assert soak.stack.upstream is not None
    ledger = soak.stack.upstream.ledger
    ours = sum(Decimal(str(told[-1]["data"]["spend"]["usd"])) for told in _told(soak, "charged"))
    lost = sum(Decimal(charge.usd) for charge in ledger.charges if charge.answer != "sent")

    assert ours + lost == ledger.usd_total
    assert len(_told(soak, "unknown")) >= sum(charge.answer != "sent" for charge in ledger.charges)


def test_never_more_tasks_are_active_than_there_are_slots(soak: Soak) -> None:
    assert soak.stack.upstream is not None
    assert 1 < soak.stack.upstream.state["peak_active"] <= SLOTS


def test_each_attempt_has_one_event_id(soak: Soak) -> None:
    assert {key: told for key, told in soak.events.items() if len({event["id"] for event in told}) > 1} == {}


def test_nothing_is_left_open_and_no_slot_but_of_what_may_still_be_active(soak: Soak) -> None:
    still_open = [record["pk"] for record in soak.stack.records("edit#") if "open" in record]
    parked = [record["pk"] for record in soak.stack.records("drop#") if "parked" in record]
    ambiguous = {record["edit_id"] for record in soak.stack.records("edit#") if record["state"] == "AMBIGUOUS"}
    held = {record["holder"].partition(":")[0] for record in soak.stack.records("slot#")}

    assert (still_open, parked) == ([], [])
    assert held <= ambiguous


def test_the_key_went_to_one_place(soak: Soak) -> None:
    assert soak.stack.upstream is not None
    assert soak.stack.upstream.state["leaked_authorization"] == 0


def _told(soak: Soak, spend: str) -> list[list[dict[str, Any]]]:
    return [told for told in soak.events.values() if told[-1]["data"]["spend"]["state"] == spend]
