"""finalize dies, or one of its changes fails, at every place: one picture, one event id, nothing left open."""

import pytest

from depthdrop.inbox.message import DropReleased
from depthdrop.records.slots import holder_of
from tests.support.acts import ENDS, finish, state_of
from tests.support.aws import Stack
from tests.support.fates import Fate
from tests.support.faults import Fault, changes, every, run
from tests.support.scripted import EDITED, refused

PICTURE, MANIFEST, RECORD, SLOT, PARKED, QUEUE = (
    "PutObject",
    "PutObject",
    "UpdateItem",
    "DeleteItem",
    "UpdateItem",
    "SendMessage",
)
READY = [SLOT, PARKED, QUEUE, "GET", PICTURE, MANIFEST, RECORD, "Publish", "UpdateItem"]


@pytest.fixture
def paid(stack: Stack) -> Stack:
    """One paid edit, and one drop parked behind it."""
    stack.deliver(stack.drop())
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop("parked"))
    stack.clock.now += 400
    return stack


def test_these_are_all_the_changes(paid: Stack) -> None:
    assert changes(paid, lambda: finish(paid)) == READY


@every(READY, (Fate.KILLED_AFTER, Fate.NEVER_ARRIVED))
def test_a_fault_on_the_way_to_the_end(paid: Stack, number: int, mode: Fate) -> None:
    state = state_of(paid, ENDS["ready"])
    run(paid, Fault(number, mode), lambda: paid.finalize().handle(state))
    paid.finalize().handle(state)
    paid.clock.now += 400
    paid.sweep().handle()
    for sent in paid.sent_back():
        paid.deliver(DropReleased(sent["detail"]["drop_id"]))

    first, second = sorted(paid.records("edit"), key=lambda edit: str(edit["image_key"]), reverse=True)
    assert (first["state"], "open" in first, second["state"]) == ("SUCCEEDED", False, "SUBMITTED")
    assert len({event["id"] for event in paid.events()}) == 1
    assert (len(paid.outbox()), EDITED in paid.outbox().values()) == (2, True)
    assert [slot["holder"] for slot in paid.records("slot")] == [holder_of(second["edit_id"], second["token"])]
    assert len(paid.upstream.posts) == 3
