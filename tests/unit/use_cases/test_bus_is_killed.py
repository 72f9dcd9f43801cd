"""A function dies, or a call fails, around topic and bus: both get one event, and nothing is paid twice."""

from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

import httpx
import pytest

from depthdrop import aws
from depthdrop.notices.publish import Mirror, MirrorError
from tests.support.acts import ENDS, finish, state_of
from tests.support.aws import Stack
from tests.support.bus import Bus
from tests.support.fates import Fate
from tests.support.faults import Fault, changes, run
from tests.support.scripted import PICTURE


@dataclass
class At(Fault):
    """At the first call of this name."""

    name: str = ""

    def stop(self, name: str) -> Fate:
        if name == self.name and name not in self.calls:
            self.number = len(self.calls)
        return super().stop(name)


def succeeded(stack: Stack) -> Callable[[], object]:
    stack.deliver(stack.drop())
    state = state_of(stack, ENDS["ready"])
    return lambda: stack.finalize().handle(state)


def failed(stack: Stack) -> Callable[[], object]:
    stack.deliver(stack.drop())
    state = state_of(stack, ENDS["failed"])
    return lambda: stack.finalize().handle(state)


def ambiguous(stack: Stack) -> Callable[[], object]:
    stack.upstream.post_answers.append(httpx.ReadError("reset"))
    key = stack.drop()
    return lambda: stack.deliver(key)


def rejected(stack: Stack) -> Callable[[], object]:
    key = stack.drop(prompt=" ")
    return lambda: stack.deliver(key)


def unpaired(stack: Stack) -> Callable[[], object]:
    stack.put("photo.jpg", PICTURE)
    stack.deliver("photo.jpg")
    stack.clock.now += 15 * 60
    return lambda: stack.sweep().handle()


WAYS = [succeeded, failed, ambiguous, rejected, unpaired]


def settle(stack: Stack, act: Callable[[], object]) -> None:
    """The message, or the workflow, comes again; then sweep."""
    act()
    stack.clock.now += 3600
    stack.sweep().handle()


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_event_goes_to_the_topic_and_then_to_the_bus(
    stack: Stack, bus: Bus, way: Callable[[Stack], Callable[[], object]]
) -> None:
    made = changes(stack, way(stack))

    assert (made.count("Publish"), made.count("PutEvents")) == (1, 1)
    assert made[made.index("Publish") + 1] == "PutEvents"
    assert made[made.index("PutEvents") + 1] == "UpdateItem"  # only then is it marked as notified
    assert [one["detail"] for one in bus.received()] == stack.events()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["Publish", "PutEvents"])
@pytest.mark.parametrize("mode", [Fate.KILLED_AFTER, Fate.NEVER_ARRIVED, Fate.ANSWER_LOST])
def test_a_fault_between_topic_and_bus_leaves_neither_without_the_event(
    stack: Stack, bus: Bus, way: Callable[[Stack], Callable[[], object]], name: str, mode: Fate
) -> None:
    act = way(stack)
    posts = len(stack.upstream.posts)
    fault = At(-1, mode, name=name)
    run(stack, fault, act)
    settle(stack, act)
    on_topic, on_bus = {event["id"] for event in stack.events()}, bus.ids()

    assert name in fault.calls
    assert on_topic == on_bus
    assert len(on_topic) == 1
    assert len(stack.upstream.posts) == max(posts, int(way is ambiguous))
    assert all("notified_at" in edit for edit in stack.records("edit"))


def test_a_bus_that_stays_broken_keeps_the_edit_open_while_the_topic_gets_the_event(stack: Stack, bus: Bus) -> None:
    """Until the bus is repaired, or its parameter emptied."""
    stack.deliver(stack.drop())
    with patch.object(Mirror, "put", side_effect=MirrorError), pytest.raises(MirrorError):
        finish(stack)
    [first] = stack.events()
    assert (stack.edit()["state"], "notified_at" in stack.edit()) == ("SUCCEEDED", False)
    stack.clock.now += 3600
    stack.sweep().handle()

    assert {event["id"] for event in stack.events()} == bus.ids() == {first["id"]}
    assert "notified_at" in stack.edit()
    assert (len(stack.upstream.posts), len(stack.records("slot"))) == (1, 0)


def test_without_the_parameter_nothing_asks_for_a_bus(stack: Stack) -> None:
    with patch.object(aws, "events", side_effect=AssertionError):
        made = changes(stack, succeeded(stack))

    assert "Publish" in made
    assert "PutEvents" not in made
