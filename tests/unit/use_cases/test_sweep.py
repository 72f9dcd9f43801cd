"""sweep finishes what a crash left open, case by case, and never spends."""

from collections.abc import Iterator
from typing import Any

import pytest

from depthdrop.inbox.message import DropReleased
from tests.support.acts import finish
from tests.support.aws import Stack
from tests.support.scripted import NOW, refused

LATER = NOW + 100_000


@pytest.fixture(autouse=True)
def _sweep_never_posts(stack: Stack) -> Iterator[None]:
    yield
    before = len(stack.upstream.posts)
    stack.clock.now = LATER * 2
    stack.sweep().handle()
    assert len(stack.upstream.posts) == before


@pytest.fixture
def paid(stack: Stack) -> Stack:
    stack.deliver(stack.drop())
    return stack


def swept(stack: Stack, at: float = LATER) -> dict[str, int]:
    stack.clock.now = at
    return {name: count for name, count in stack.sweep().handle().items() if count}


def change_edit(stack: Stack, **changes: Any) -> None:
    stack.table.update(stack.edit()["pk"], {"open": "edit", "look_at": NOW, **changes}, "attribute_exists(pk)")


def test_with_nothing_open_nothing_is_done(stack: Stack) -> None:
    assert swept(stack) == {}


def test_the_drop_of_an_abandoned_claim_is_sent_again(paid: Stack) -> None:
    change_edit(paid, state="CLAIMED")

    assert swept(paid) == {"claims_sent_again": 1}
    [sent] = paid.sent_back()
    assert sent["detail"] == {"drop_id": paid.edit()["drop_id"]}
    assert paid.edit()["look_at"] == LATER + 600
    paid.deliver(DropReleased(sent["detail"]["drop_id"]))
    assert paid.edit()["state"] == "SUBMITTED"


def test_an_abandoned_post_is_reported_as_perhaps_charged_once(paid: Stack) -> None:
    paid.close_execution(f"{paid.edit()['edit_id']}-1")
    change_edit(paid, state="POSTING", attempt=7)

    paid.clock.now = LATER
    sweep = paid.sweep()
    sweep.metrics.clear_metrics()  # Powertools keeps one set for all that a process makes

    assert sweep.handle()["found_ambiguous"] == 1
    assert sweep.metrics.metric_set["ambiguous"]["Value"] == [1.0]
    assert (paid.edit()["state"], "open" in paid.edit()) == ("AMBIGUOUS", False)
    [event] = paid.events()
    assert event["type"] == "depthdrop.edit.ambiguous.v1"
    assert swept(paid, LATER + 9000) == {}
    assert paid.events() == []


def test_a_post_is_not_abandoned_before_its_time(paid: Stack) -> None:
    change_edit(paid, state="POSTING", attempt=7, look_at=LATER + 1)

    assert swept(paid) == {}
    assert paid.edit()["state"] == "POSTING"


@pytest.mark.parametrize("closed", [False, True])
def test_a_post_whose_task_only_its_execution_knows_is_adopted(paid: Stack, closed: bool) -> None:  # noqa: FBT001
    name = f"{paid.edit()['edit_id']}-1"
    if closed:
        paid.close_execution(name)
    paid.table.update(
        paid.edit()["pk"], {"state": "POSTING", "look_at": NOW}, "attribute_exists(pk)", remove=("task_id",)
    )

    assert swept(paid) == {"tasks_adopted": 1}
    assert (paid.edit()["state"], paid.edit()["task_id"], paid.events()) == ("SUBMITTED", "task-1", [])
    assert swept(paid) == ({"executions_started": 1} if closed else {"already_watched": 1})
    finish(paid)
    assert paid.edit()["state"] == "SUCCEEDED"


def test_a_submitted_edit_without_a_running_execution_gets_one(paid: Stack) -> None:
    paid.close_execution(f"{paid.edit()['edit_id']}-1")

    assert swept(paid) == {"executions_started": 1}
    assert paid.executions()[f"{paid.edit()['edit_id']}-2"] == "RUNNING"
    assert swept(paid, LATER + 700) == {"already_watched": 1}


def test_a_submitted_edit_that_never_got_an_execution_gets_its_first(paid: Stack) -> None:
    change_edit(paid, attempt=3)

    assert swept(paid) == {"executions_started": 1}
    assert f"{paid.edit()['edit_id']}-3" in paid.executions()


@pytest.mark.parametrize("word", ["ready", "failed"])
def test_an_end_that_may_not_have_been_published_is_published_again(paid: Stack, word: str) -> None:
    finish(paid, word)
    [first] = paid.events()
    change_edit(paid)

    assert swept(paid) == {"notices_repeated": 1}
    assert [event["id"] for event in paid.events()] == [first["id"]]
    assert "open" not in paid.edit()


def test_parked_drops_are_released_when_due_oldest_first_and_no_more_than_there_are_slots(stack: Stack) -> None:
    for number in range(24):
        drop = {"pk": f"drop#{number}", "drop_id": str(number), "parked": "no_slot", "open": "parked"}
        stack.table.put({**drop, "look_at": NOW - number}, "attribute_not_exists(pk)")

    assert swept(stack, NOW) == {"parked_released": 20}
    assert {sent["detail"]["drop_id"] for sent in stack.sent_back()} == {str(number) for number in range(4, 24)}
    assert swept(stack, NOW) == {"parked_released": 4}
    assert swept(stack, NOW) == {}


def test_a_parked_drop_stays_parked_until_its_time(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())

    assert swept(stack, NOW + 29) == {}
    assert swept(stack, NOW + 30) == {"parked_released": 1}


def test_a_release_whose_message_got_lost_is_sent_again(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    swept(stack, NOW + 300)

    assert swept(stack, NOW + 599) == {}
    assert swept(stack, NOW + 600) == {"parked_released": 1}


def test_one_broken_record_holds_up_neither_other_records_nor_parked_drops(paid: Stack) -> None:
    finish(paid)
    paid.events()
    good = paid.edit()
    change_edit(paid, look_at=NOW + 1)
    for number in range(3):
        broken = {**good, "pk": f"edit#broken{number}", "edit_id": f"broken{number}", "event": "{}", "open": "edit"}
        paid.table.put({**broken, "look_at": NOW}, "attribute_not_exists(pk)")
    parked = {"pk": "drop#p", "drop_id": "p", "parked": "no_slot", "open": "parked", "look_at": NOW}
    paid.table.put(parked, "attribute_not_exists(pk)")

    assert swept(paid) == {"broken": 3, "notices_repeated": 1, "parked_released": 1}
    assert len(paid.events()) == 1
    assert swept(paid, LATER + 599) == {"parked_released": 1}
    assert swept(paid, LATER + 600) == {"broken": 3}


def test_sweep_goes_by_the_record_and_not_by_the_index(paid: Stack) -> None:
    stale = [{"edit_id": paid.edit()["edit_id"]}, {"edit_id": "gone"}]
    paid.table.update(paid.edit()["pk"], {"look_at": LATER + 500}, "attribute_exists(pk)")
    paid.monkeypatch.setattr(type(paid.edits), "due", lambda *_: stale)

    assert swept(paid) == {"nothing": 2}
    assert paid.events() == []


def test_a_paid_task_keeps_its_slot_when_its_worker_died_before_extending_it(paid: Stack) -> None:
    change_edit(paid, deadline_at=NOW + 3600)
    paid.table.update(paid.edit()["slot"], {"lease_until": NOW + 9}, "attribute_exists(pk)")

    swept(paid, NOW + 1)

    [slot] = paid.records("slot")
    assert slot["lease_until"] == NOW + 3600 + 600


def test_the_slot_of_an_abandoned_post_is_held_as_long_as_a_task_may_be_at_work(paid: Stack) -> None:
    paid.close_execution(f"{paid.edit()['edit_id']}-1")
    change_edit(paid, state="POSTING", attempt=7)
    paid.table.update(paid.edit()["slot"], {"lease_until": NOW + 9}, "attribute_exists(pk)")

    swept(paid, NOW + 1)

    [slot] = paid.records("slot")
    assert slot["lease_until"] == NOW + 1 + 3600


def test_an_execution_that_keeps_failing_is_started_less_and_less_often_but_never_given_up(paid: Stack) -> None:
    gaps = []
    for attempt in (1, 2, 5, 7, 50):
        change_edit(paid, attempt=attempt)
        swept(paid, LATER)
        gaps.append(paid.edit()["look_at"] - LATER)

    assert gaps == [600, 1200, 9600, 38400, 38400]


def leave_edit(stack: Stack, token: str) -> None:
    """The drop fell back to another edit; its POST under this token had been refused."""
    facts = {"edit_id": "other", "fell_back_from": stack.edit()["edit_id"], "refused_token": token}
    stack.table.update(stack.records("drop")[0]["pk"], facts, "attribute_exists(pk)")


def test_an_abandoned_post_that_its_drop_knows_to_be_refused_is_freed_and_not_reported(paid: Stack) -> None:
    paid.close_execution(f"{paid.edit()['edit_id']}-1")
    change_edit(paid, state="POSTING", attempt=7)
    leave_edit(paid, paid.edit()["token"])

    assert swept(paid) == {"refused_posts_freed": 1}
    assert (paid.edit()["state"], "open" in paid.edit()) == ("RELEASED", False)
    assert paid.events() == []


def test_another_post_of_the_edit_that_a_drop_has_left_is_reported_as_ambiguous(paid: Stack) -> None:
    paid.close_execution(f"{paid.edit()['edit_id']}-1")
    change_edit(paid, state="POSTING", attempt=7)
    leave_edit(paid, "another token")

    assert swept(paid) == {"found_ambiguous": 1}


def test_a_claim_on_an_edit_that_its_drop_has_left_is_given_up(paid: Stack) -> None:
    change_edit(paid, state="CLAIMED")
    leave_edit(paid, "another token")

    assert swept(paid) == {"claims_given_up": 1}
    assert (paid.edit()["state"], paid.sent_back()) == ("RELEASED", [])
