"""submit dies, or one of its calls fails, at every place: one charge at most, and every drop's end is reported."""

from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from depthdrop.inbox.message import ComeBack, DropReleased
from tests.support.acts import ENDS
from tests.support.aws import Stack
from tests.support.fates import Fate
from tests.support.faults import Fault, changes, every, run
from tests.support.scripted import NOW, Scripted, refused

DROP, CLAIM, SLOT, POSTING = "PutItem", "PutItem", "PutItem", "UpdateItem"
BEFORE = [DROP, CLAIM, SLOT, POSTING, "POST"]
PAID = [*BEFORE, "UpdateItem", "UpdateItem", "StartExecution", "UpdateItem"]
REFUSED = [*BEFORE, "UpdateItem", "DeleteItem", "UpdateItem", "PutObject", "UpdateItem", "Publish", "UpdateItem"]
LOST = [*BEFORE, "UpdateItem", "UpdateItem", "Publish", "UpdateItem", "UpdateItem"]
UNKNOWABLE = {  # the POST may have been charged
    (3, Fate.KILLED_AFTER),
    (4, Fate.KILLED_AFTER),
    (4, Fate.ANSWER_LOST),
}
NOBODYS_SLOT = {  # taken for a claim that was lost; its lease frees it
    (2, Fate.KILLED_AFTER),
    (2, Fate.ANSWER_LOST),
}
QUEUE_VISIBILITY = 540
Record = Callable[[str, object], None]
MESSAGES = ("photo.jpg", "photo.txt")


def settle_all(stack: Stack) -> None:
    """What the queue, the schedule and the workflow do after a fault, until nothing is left to do."""
    waiting: list[str | DropReleased] = list(MESSAGES)
    for _ in range(10):
        stack.clock.now += QUEUE_VISIBILITY
        for message in list(waiting):
            if not any(isinstance(one, ComeBack) for one in stack.deliver(message)):
                waiting.remove(message)
        stack.sweep().handle()
        waiting += [DropReleased(sent["detail"]["drop_id"]) for sent in stack.sent_back()]
        for name, status in stack.executions().items():
            if status == "RUNNING":
                state = {**stack.execution_input(name), "outcome": ENDS["ready"]}
                assert stack.finalize().handle(state) == {"status": "done"}
                stack.close_execution(name)
        if not waiting and not any("open" in one for kind in ("edit", "drop") for one in stack.records(kind)):
            return
    raise AssertionError("something is left to do for ever")


def state_figures(record_property: Record, mode: Fate, charges: int, ends: Counter[str]) -> None:
    """What one fault came to."""
    record_property("killed" if mode is Fate.KILLED_AFTER else "faults", 1)
    record_property("paid_twice", int(charges > 1))
    record_property("lost", int(not ends))


def events_by_type(stack: Stack) -> Counter[str]:
    """How many different events there were of each type."""
    return Counter(kind for _, kind in {(event["id"], event["type"].split(".")[2]) for event in stack.events()})


def test_these_are_all_the_changes(stack: Stack, record_property: Record) -> None:
    stack.drop()
    made = changes(stack, lambda: stack.deliver("photo.jpg"))
    record_property("changes", len(made))

    assert made == PAID


@pytest.mark.parametrize(("answer", "expected"), [(refused(400), REFUSED), (httpx.ReadTimeout("lost"), LOST)])
def test_these_are_all_the_changes_around_trouble(stack: Stack, answer: Scripted, expected: list[str]) -> None:
    stack.upstream.post_answers.append(answer)
    stack.drop()

    assert changes(stack, lambda: stack.deliver("photo.jpg")) == expected


@every(PAID)
def test_a_fault_on_the_way_to_a_paid_task(stack: Stack, number: int, mode: Fate, record_property: Record) -> None:
    stack.drop()
    run(stack, Fault(number, mode), lambda: stack.deliver("photo.jpg"))
    settle_all(stack)
    ends = events_by_type(stack)
    state_figures(record_property, mode, len(stack.upstream.posts), ends)

    assert len(stack.upstream.posts) <= 1
    if stack.executions():
        assert stack.edit()["state"] == "SUCCEEDED"
        assert ends == {"succeeded": 1}
        left = [slot["lease_until"] for slot in stack.records("slot") if slot["lease_until"] > stack.clock()]
        assert len(left) == ((number, mode) in NOBODYS_SLOT)
        assert max(left, default=NOW) <= NOW + QUEUE_VISIBILITY + 150 + 900 + 600
    else:
        assert stack.edit()["state"] == "AMBIGUOUS"
        assert ends == {"ambiguous": 1}
        assert (number, mode) in UNKNOWABLE


@every(REFUSED, (Fate.KILLED_AFTER, Fate.NEVER_ARRIVED))
def test_a_fault_around_a_refusal(stack: Stack, number: int, mode: Fate, record_property: Record) -> None:
    stack.upstream.post_answers.extend([refused(400)] * 3)
    stack.drop()
    run(stack, Fault(number, mode), lambda: stack.deliver("photo.jpg"))
    settle_all(stack)
    ends, refusals = events_by_type(stack), 3 - len(stack.upstream.post_answers)
    state_figures(record_property, mode, len(stack.upstream.posts) - refusals, ends)

    knows = number > len(BEFORE)  # from then on the drop itself proves that its POST was refused
    assert ends == {"rejected": 1} or (ends == {"ambiguous": 1} and not knows)
    assert len(stack.upstream.posts) <= (1 if knows else 2)


@every(LOST, (Fate.KILLED_AFTER, Fate.NEVER_ARRIVED))
def test_a_fault_around_a_lost_answer(stack: Stack, number: int, mode: Fate, record_property: Record) -> None:
    stack.upstream.post_answers.append(httpx.ReadTimeout("lost"))
    stack.drop()
    run(stack, Fault(number, mode), lambda: stack.deliver("photo.jpg"))
    settle_all(stack)
    ends = events_by_type(stack)
    state_figures(record_property, mode, len(stack.upstream.posts), ends)

    assert len(stack.upstream.posts) <= 1
    assert ends in ({"ambiguous": 1}, {"succeeded": 1})
