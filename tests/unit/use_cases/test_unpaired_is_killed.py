"""submit and sweep die, or one of their calls fails, around an unpaired file: reported once, always superseded."""

from collections.abc import Callable
from typing import Any

import pytest

from depthdrop import aws
from depthdrop.inbox.bucket import Inbox
from depthdrop.notices.publish import Notices
from tests.support.aws import INBOX, Stack
from tests.support.fates import Fate
from tests.support.faults import Fault, changes, every, run
from tests.support.scripted import NOW, PICTURE
from tests.unit.use_cases.test_submit_is_killed import settle_all

WAIT = 15 * 60
NOTED = ["UpdateItem"]
REPORTING = ["UpdateItem", "Publish", "UpdateItem", "UpdateItem"]  # recorded, published, marked as notified, closed
DROP, FORGOTTEN = "PutItem", "UpdateItem"
PAIRED = [
    DROP,
    FORGOTTEN,
    "PutItem",
    "PutItem",
    "UpdateItem",
    "POST",
    *["UpdateItem"] * 2,
    "StartExecution",
    "UpdateItem",
]
UNPAIRED = "depthdrop.drop.unpaired.v1"


def alone(stack: Stack) -> None:
    stack.put("photo.jpg", PICTURE)
    stack.deliver("photo.jpg")
    stack.clock.now = NOW + WAIT


def again_alone(stack: Stack, time: int) -> None:
    """Another version comes alone, and waits its time."""
    stack.put("photo.jpg", PICTURE, stack.clock.now)
    stack.deliver("photo.jpg")
    stack.clock.now = NOW + time * WAIT + 1


def the_other(stack: Stack) -> None:
    stack.put("photo.txt", b"a watercolour", NOW + WAIT)


def published(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every event that was published, repeats once."""
    return {event["id"]: event for event in stack.events()}


def ended(stack: Stack) -> tuple[list[str], str | None]:
    """The reports of unpaired files, and what the one edit's event supersedes."""
    events = published(stack).values()
    [edited] = [event for event in events if event["type"] != UNPAIRED]
    return [event["id"] for event in events if event["type"] == UNPAIRED], edited["data"].get("supersedes")


def next_round(stack: Stack) -> None:
    stack.clock.now += 301
    stack.sweep().handle()


def test_these_are_all_the_changes(stack: Stack) -> None:
    stack.put("photo.jpg", PICTURE)
    assert changes(stack, lambda: stack.deliver("photo.jpg")) == NOTED
    stack.clock.now = NOW + WAIT
    assert changes(stack, stack.sweep().handle) == REPORTING
    the_other(stack)

    assert changes(stack, lambda: stack.deliver("photo.txt")) == PAIRED


@every(NOTED)
def test_a_fault_around_the_note(stack: Stack, number: int, mode: Fate) -> None:
    stack.put("photo.jpg", PICTURE)
    run(stack, Fault(number, mode), lambda: stack.deliver("photo.jpg"))
    stack.clock.now += 540
    stack.deliver("photo.jpg")
    stack.clock.now += WAIT
    stack.sweep().handle()

    assert [event["type"] for event in stack.events()] == [UNPAIRED]
    assert not any("open" in record for record in stack.records("file"))


@every(REPORTING)
def test_a_fault_around_the_report(stack: Stack, number: int, mode: Fate) -> None:
    alone(stack)
    run(stack, Fault(number, mode), stack.sweep().handle)
    for _ in range(3):
        next_round(stack)

    assert [event["type"] for event in published(stack).values()] == [UNPAIRED]
    assert not any("open" in record for record in stack.records("file"))


@every(REPORTING)
@pytest.mark.parametrize("soon", [True, False], ids=["before the next round", "after it"])
def test_a_pair_that_forms_after_a_fault_around_the_report_supersedes_it(
    stack: Stack,
    number: int,
    mode: Fate,
    soon: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    alone(stack)
    run(stack, Fault(number, mode), stack.sweep().handle)
    if not soon:
        for _ in range(3):
            next_round(stack)
    the_other(stack)
    settle_all(stack)

    unpaired, superseded = ended(stack)
    assert unpaired in ([superseded], [] if soon else [superseded])


@every(REPORTING)
@pytest.mark.parametrize("meanwhile", ["paired", "replaced, then paired", "removed"])
def test_after_a_fault_only_the_last_event_about_a_file_is_not_superseded(
    stack: Stack, number: int, mode: Fate, meanwhile: str
) -> None:
    alone(stack)
    stack.sweep().handle()
    again_alone(stack, 2)
    run(stack, Fault(number, mode), stack.sweep().handle)
    if meanwhile == "removed":
        aws.s3().delete_object(Bucket=INBOX, Key="photo.jpg")
    if meanwhile.startswith("replaced"):
        again_alone(stack, 3)
        next_round(stack)
    if meanwhile.endswith("paired"):
        the_other(stack)
    settle_all(stack)
    for _ in range(3):
        next_round(stack)

    events = published(stack)
    current = events.keys() - {event["data"].get("supersedes") for event in events.values()}
    assert len(current) == 1
    assert (events[current.pop()]["type"] == UNPAIRED) == (meanwhile == "removed")
    assert not any({"open", "telling", "paired"} & record.keys() for record in stack.records("file"))


@every(PAIRED, (Fate.KILLED_AFTER, Fate.NEVER_ARRIVED, Fate.ANSWER_LOST))
def test_a_fault_around_the_pair_that_forms_after_the_report(stack: Stack, number: int, mode: Fate) -> None:
    alone(stack)
    stack.sweep().handle()
    the_other(stack)
    run(stack, Fault(number, mode), lambda: stack.deliver("photo.txt"))
    settle_all(stack)

    [unpaired], superseded = ended(stack)
    assert superseded == unpaired
    assert len(stack.upstream.posts) <= 1


# ---- the counterpart comes while the report is being made


def during(stack: Stack, owner: type, name: str, happens: Callable[[], None], *, after: bool) -> dict[str, int]:
    """One round of sweep, in which something happens around the first call of a method."""
    called, calls = vars(owner)[name], []

    def call(*arguments: Any) -> Any:
        calls.append(name)
        if not after and len(calls) == 1:
            happens()
        answer = called(*arguments)
        if after and len(calls) == 1:
            happens()
        return answer

    with stack.monkeypatch.context() as patched:
        patched.setattr(owner, name, call)
        done = stack.sweep().handle()
    return {word: count for word, count in done.items() if count and word.startswith("halves_")}


def test_a_pair_that_formed_after_the_first_listing_is_not_reported(stack: Stack) -> None:
    alone(stack)

    def paired() -> None:
        the_other(stack)
        stack.deliver("photo.txt")

    assert during(stack, Inbox, "siblings", paired, after=True) == {}
    settle_all(stack)
    assert ended(stack) == ([], None)


def test_a_sidecar_that_came_after_the_first_listing_is_seen_by_the_second(stack: Stack) -> None:
    alone(stack)

    assert during(stack, Inbox, "siblings", lambda: the_other(stack), after=True) == {"halves_put_off": 1}
    settle_all(stack)
    assert ended(stack) == ([], None)


def test_a_report_that_is_taken_back_leaves_an_earlier_one_for_the_pair_to_supersede(stack: Stack) -> None:
    alone(stack)
    stack.sweep().handle()
    [earlier] = stack.events()
    stack.put("photo.jpg", PICTURE, NOW + WAIT)
    stack.deliver("photo.jpg")
    stack.clock.now += WAIT

    assert during(stack, Inbox, "siblings", lambda: the_other(stack), after=True) == {"halves_put_off": 1}
    settle_all(stack)
    assert ended(stack) == ([], earlier["id"])


def test_a_pair_that_forms_after_the_second_listing_supersedes_the_report(stack: Stack) -> None:
    """However long sweep sleeps before it publishes."""
    alone(stack)

    def paired() -> None:
        stack.clock.now += 600
        the_other(stack)
        stack.deliver("photo.txt")

    assert during(stack, Notices, "publish", paired, after=False) == {"halves_told": 1}
    settle_all(stack)
    [unpaired], superseded = ended(stack)
    assert superseded == unpaired
