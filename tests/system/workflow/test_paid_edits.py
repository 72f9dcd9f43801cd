"""The committed workflow with the real Lambdas: every end that a paid task can come to."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from depthdrop.drop.identities import execution_name
from local.stack.stack import LocalStack
from tests.system.workflow.conftest import Subscriber
from tests.system.workflow.executions import ended, until
from tests.system.workflow.paid_edit import PaidEdit, pay, png
from tests.template.definition import DEFINITION

pytestmark = pytest.mark.sockets

TURN = ["Wait", "Poll", "IsPending"]
END = ["Poll", "IsPending", "Finalize"]


@dataclass(frozen=True, slots=True)
class Doomed:
    """Two edits whose executions were started together: one that poll cannot read, one that has no record."""

    unread: PaidEdit
    lost: PaidEdit
    unread_arn: str
    lost_arn: str


@pytest.fixture(scope="module", autouse=True)
def doomed(stack: LocalStack, subscriber: Subscriber) -> Doomed:  # noqa: ARG001  # subscribed before the first event
    """Started before the other tests: each task is tried seven times, and each failure costs a new worker."""
    unread, lost = pay(stack, "an input that poll cannot read"), pay(stack, "an edit whose record is lost")
    lost.forget_record()
    return Doomed(unread, lost, unread.start(deadline_at=None), lost.start())


@dataclass(frozen=True, slots=True)
class Expired:
    """An edit whose every link has expired, and its execution."""

    paid: PaidEdit
    arn: str


@pytest.fixture(scope="module", autouse=True)
def expired(stack: LocalStack, subscriber: Subscriber) -> Expired:  # noqa: ARG001  # subscribed before the first event
    """Started before the other tests: finalize itself waits 32 s, which no scale shortens."""
    paid = pay(stack, "expired for ever [[fault download.expired times=always]] [[fault link.stale]]")
    return Expired(paid, paid.start())


def charges(paid: PaidEdit) -> int:
    if paid.stack.upstream is None:
        raise TypeError("no test pays the real upstream")
    return sum(charge.task_id == paid.task_id for charge in paid.stack.upstream.ledger.charges)


def test_the_deployed_workflow_is_the_committed_one_with_its_placeholders_filled(stack: LocalStack) -> None:
    stepfunctions = stack.emulator.client("stepfunctions")
    deployed = stepfunctions.describe_state_machine(stateMachineArn=stack.outputs["EditWorkflowArn"])["definition"]
    committed = re.sub(r"\\\$\\\{\w+\\\}", r"[^\\s\"]+", re.escape(DEFINITION.read_text()))

    assert re.fullmatch(committed, deployed)
    assert "${" not in deployed


def test_a_drop_becomes_a_picture_and_one_event(stack: LocalStack, subscriber: Subscriber) -> None:
    stack.put("drops/cup.txt", b"a cup of porcelain")
    stack.put("drops/cup.png", png())

    def record() -> dict[str, object] | None:
        found = [edit for edit in stack.records("edit#") if edit["image_key"] == "drops/cup.png"]
        return found[0] if found and found[0]["state"] == "SUCCEEDED" else None

    edit = until(record, "the drop's edit")
    edit_id = str(edit["edit_id"])
    arn = stack.outputs["EditWorkflowArn"].replace(":stateMachine:", ":execution:", 1)
    execution = ended(stack.emulator, f"{arn}:{execution_name(edit_id, 1)}")
    (event,) = subscriber.events(edit_id)

    assert (execution.status, execution.path[-3:]) == ("SUCCEEDED", END)
    assert event["type"] == "depthdrop.edit.succeeded.v1"
    assert event["data"]["task_id"] == edit["task_id"]
    assert stack.result(event["data"]["result"]["key"])
    assert [slot for slot in stack.records("slot#") if slot["holder"].startswith(edit_id)] == []


def test_a_finished_task_is_fetched_recorded_and_notified(stack: LocalStack, subscriber: Subscriber) -> None:
    paid = pay(stack, "a finished task")
    execution = paid.watched()

    assert (execution.status, execution.path[-3:]) == ("SUCCEEDED", END)
    assert execution.entered("IsPending")[-1]["outcome"]["status"] == "ready"
    assert (paid.record["state"], paid.holds_a_slot, charges(paid)) == ("SUCCEEDED", False, 1)
    assert [event["type"] for event in subscriber.events(paid.edit_id)] == ["depthdrop.edit.succeeded.v1"]


@contextlib.contextmanager
def kept_pending(stack: LocalStack, prompt: str) -> Iterator[PaidEdit]:
    """An edit whose task stays pending until the end of this context, however long that is."""
    if stack.upstream is None:
        raise TypeError("no test pays the real upstream")
    armed = stack.upstream.arm("poll.pending", match=prompt)
    yield pay(stack, prompt)
    armed.times = armed.used


def turns_of(stack: LocalStack, arn: str) -> int:
    """How often a running execution has come to its poll."""
    stepfunctions = stack.emulator.client("stepfunctions")
    events = stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return sum(event.get("stateEnteredEventDetails", {}).get("name") == "Poll" for event in events)


def test_a_task_that_stays_pending_is_looked_at_turn_after_turn(stack: LocalStack) -> None:
    with kept_pending(stack, "a slow task") as paid:
        arn = paid.start()
        until(lambda: turns_of(stack, arn) > 1 or None, "a second turn")
    execution = ended(stack.emulator, arn)
    turns = execution.path.count("Poll")

    assert execution.path == [*TURN * turns, "Finalize"]
    assert turns >= 2
    assert [state["turns"] for state in execution.entered("IsPending")] == list(range(1, turns + 1))
    assert paid.record["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("poll.request_moderated", "moderated"),
        ("poll.content_moderated", "moderated"),
        ("poll.error", "upstream_failed"),
        ("link.file", "unsafe_link"),
    ],
)
def test_a_task_that_ends_without_a_picture_ends_the_edit_as_failed(
    stack: LocalStack, subscriber: Subscriber, fault: str, code: str
) -> None:
    paid = pay(stack, f"no picture [[fault {fault}]]")
    execution = paid.watched()
    (event,) = subscriber.events(paid.edit_id)

    assert (execution.status, execution.path[-3:]) == ("SUCCEEDED", END)
    assert (paid.record["state"], paid.holds_a_slot) == ("FAILED", False)
    assert (event["type"], event["data"]["error"]["code"]) == ("depthdrop.edit.failed.v1", code)
    assert event["data"]["spend"]["state"] == "charged"


def test_a_deadline_ends_the_edit_and_keeps_its_task_and_slot(stack: LocalStack, subscriber: Subscriber) -> None:
    paid = pay(stack, "never ready [[fault poll.pending]]", deadline_in=2)
    execution = paid.watched()
    (event,) = subscriber.events(paid.edit_id)

    assert (execution.status, execution.path[-3:]) == ("SUCCEEDED", END)
    assert event["data"]["error"]["code"] == "deadline_passed"
    assert (paid.record["state"], paid.record["task_id"]) == ("FAILED", paid.task_id)
    assert event["data"]["task_id"] == paid.task_id
    assert paid.holds_a_slot


def test_a_result_that_comes_after_the_deadline_still_lands(stack: LocalStack, subscriber: Subscriber) -> None:
    with kept_pending(stack, "a late task") as paid:
        first = paid.watched(deadline_at=int(time.time()) + 1)
    second = paid.watched(attempt=2, deadline_at=int(time.time()) + 600)
    failed, succeeded = subscriber.events(paid.edit_id, 2)

    assert (first.path[-3:], second.path[-3:]) == (END, END)
    assert (failed["type"], succeeded["type"]) == ("depthdrop.edit.failed.v1", "depthdrop.edit.succeeded.v1")
    assert failed["id"] != succeeded["id"]
    assert (paid.record["state"], paid.holds_a_slot, charges(paid)) == ("SUCCEEDED", False, 1)


def test_an_expired_link_is_fetched_anew(
    stack: LocalStack, subscriber: Subscriber, record_property: Callable[[str, object], None]
) -> None:
    paid = pay(stack, "expired once [[fault download.expired]]")
    execution = paid.watched()
    record_property("recovered", int(paid.record["state"] == "SUCCEEDED"))
    record_property("most_charges", charges(paid))

    assert (execution.status, execution.path[-3:]) == ("SUCCEEDED", END)
    assert (execution.path.count("Finalize"), execution.count("TaskFailed")) == (1, 0)
    assert (paid.record["state"], charges(paid)) == ("SUCCEEDED", 1)  # an expired link works no more
    assert [event["type"] for event in subscriber.events(paid.edit_id)] == ["depthdrop.edit.succeeded.v1"]


def test_a_link_that_stays_expired_is_given_up_after_three_tries(
    stack: LocalStack, subscriber: Subscriber, expired: Expired, record_property: Callable[[str, object], None]
) -> None:
    paid, execution = expired.paid, ended(stack.emulator, expired.arn)
    (event,) = subscriber.events(paid.edit_id)

    assert (execution.status, execution.path[-3:]) == ("SUCCEEDED", END)
    assert (execution.path.count("Finalize"), execution.count("TaskFailed")) == (1, 0)
    record_property("reported", int(event["data"]["error"]["code"] == "link_expired"))
    record_property("most_charges", charges(paid))

    assert event["data"]["error"]["code"] == "link_expired"
    assert (paid.record["state"], paid.record["task_id"], charges(paid)) == ("FAILED", paid.task_id, 1)


def test_a_second_execution_of_a_finished_edit_publishes_the_same_event_and_buys_nothing(
    stack: LocalStack, subscriber: Subscriber
) -> None:
    paid = pay(stack, "watched twice")
    paid.watched()
    stored = stack.outbox()
    again = paid.watched(attempt=2)
    first, *repeats = subscriber.events(paid.edit_id, 2, repeats=True)

    assert (again.status, again.path[-3:]) == ("SUCCEEDED", END)
    assert all(one == first for one in repeats)
    assert stack.outbox() == stored
    assert charges(paid) == 1


def test_a_poll_that_cannot_run_still_brings_the_edit_to_an_end(
    stack: LocalStack, doomed: Doomed, subscriber: Subscriber
) -> None:
    paid, execution = doomed.unread, ended(stack.emulator, doomed.unread_arn)
    (event,) = subscriber.events(paid.edit_id)

    assert (execution.status, execution.path) == ("SUCCEEDED", ["Wait", "Poll", "Finalize"])
    assert execution.count("TaskFailed") == 7  # the first and six more
    assert event["data"]["error"]["code"] == "poll_broken"
    assert (paid.record["state"], paid.record["task_id"], paid.holds_a_slot) == ("FAILED", paid.task_id, True)


def test_of_what_finalize_cannot_finish_the_owner_is_notified_by_the_workflow_itself(
    stack: LocalStack, doomed: Doomed, subscriber: Subscriber
) -> None:
    paid, execution = doomed.lost, ended(stack.emulator, doomed.lost_arn)
    alarm = subscriber.alarm(paid.edit_id)

    assert (execution.status, execution.error) == ("FAILED", "Unfinished")
    assert execution.path[-3:] == ["Finalize", "TellWithoutFinalize", "Unfinished"]
    assert execution.count("TaskFailed") == 7
    assert alarm["Subject"] == "depthdrop: a paid edit could not be finished"
    assert paid.task_id in alarm["Message"]
