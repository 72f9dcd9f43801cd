"""submit dies, or one of its calls fails, anywhere on the way to a fallback: paid once at most, and reported."""

import httpx
import pytest

from tests.support.aws import Stack
from tests.support.fates import Fate
from tests.support.faults import MODES, Fault, changes, every, run
from tests.support.scripted import accepted, refused
from tests.unit.use_cases.test_submit_is_killed import BEFORE, MESSAGES, events_by_type, settle_all

LEAVES = [*BEFORE, "UpdateItem", "DeleteItem", "UpdateItem"]  # the drop's record, the slot, the claim
BOUGHT = ["PutItem", "PutItem", "UpdateItem", "POST", "UpdateItem", "UpdateItem", "StartExecution", "UpdateItem"]
UNKNOWABLE = {  # the POST may have been charged, or its refusal could not be recorded
    (3, Fate.KILLED_AFTER),
    (4, Fate.KILLED_AFTER),
    (4, Fate.ANSWER_LOST),
    (5, Fate.NEVER_ARRIVED),
    (10, Fate.KILLED_AFTER),
    (11, Fate.KILLED_AFTER),
}


@pytest.fixture
def opted_in(stack: Stack) -> Stack:
    """Depth is withdrawn, kontext is not."""

    def answer(request: httpx.Request) -> httpx.Response:
        gone = str(request.url).endswith("depth")
        return refused(404) if gone else accepted(f"task-{len(stack.upstream.posts)}")

    stack.upstream.post_answers.extend([answer] * 20)
    stack.names["FallbackModel"] = "flux-kontext-pro"
    stack.drop()
    return stack


def deliver_twice(stack: Stack) -> None:
    """The message comes back, as its first delivery asks."""
    for message in MESSAGES:
        stack.deliver(message)


def paid(stack: Stack) -> int:
    return sum(not str(post.url).endswith("depth") for post in stack.upstream.posts)


def test_these_are_all_the_changes(opted_in: Stack) -> None:
    assert changes(opted_in, lambda: deliver_twice(opted_in)) == [*LEAVES, *BOUGHT]


@every([*LEAVES, *BOUGHT], (Fate.KILLED_AFTER,))
def test_a_death_on_the_way_to_a_paid_fallback(opted_in: Stack, number: int, mode: Fate) -> None:
    survives(opted_in, number, mode)


@every(LEAVES, tuple(mode for mode in MODES if mode is not Fate.KILLED_AFTER))
def test_a_fault_on_the_way_to_a_fallback(opted_in: Stack, number: int, mode: Fate) -> None:
    survives(opted_in, number, mode)


def survives(opted_in: Stack, number: int, mode: Fate) -> None:
    run(opted_in, Fault(number, mode), lambda: deliver_twice(opted_in))
    settle_all(opted_in)

    edits = {edit["model"]: edit["state"] for edit in opted_in.records("edit")}
    assert paid(opted_in) <= 1
    assert len(opted_in.upstream.posts) <= 3
    if (number, mode) not in UNKNOWABLE:
        assert edits == {"flux-pro-1.0-depth": "RELEASED", "flux-kontext-pro": "SUCCEEDED"}
        assert events_by_type(opted_in) == {"succeeded": 1}
    else:
        assert "AMBIGUOUS" in edits.values()
        assert events_by_type(opted_in) == {"ambiguous": 1}
    assert [slot for slot in opted_in.records("slot") if slot["lease_until"] > opted_in.clock() + 3600] == []
