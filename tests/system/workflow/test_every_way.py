"""The committed workflow with stubs behind it: every state and every way between states, and each loop's bound."""

from typing import Any

import pytest

from local.stack.stack import LocalStack
from tests.system.workflow.conftest import Subscriber
from tests.system.workflow.executions import Execution, ended
from tests.system.workflow.stubs import MAXIMUM_TURNS, make_machines
from tests.template.definition import Definition

pytestmark = pytest.mark.sockets

PENDING = {"status": "pending", "wait_seconds": 1}
READY = {"status": "ready", "sample": "https://delivery.example/x"}
DONE = {"status": "done"}
NEVER: dict[str, Any] = {"raise": 1000}

# What poll says turn by turn, and finalize; the last answer is given for ever.
SCRIPTS: dict[str, tuple[list[Any], list[Any]]] = {
    "ready-at-once": ([READY], [DONE]),
    "ready-after-two-turns": ([PENDING, READY], [DONE]),
    "pending-for-ever": ([PENDING], [DONE]),
    "poll-says-nothing": ([None], [DONE]),
    "poll-never-runs": ([NEVER], [DONE]),
    "poll-runs-the-third-time": ([{"raise": 2, "then": READY}], [DONE]),
    "finalize-never-runs": ([READY], [NEVER]),
    "finalize-runs-the-third-time": ([READY], [{"raise": 2, "then": DONE}]),
    "mute-owner": ([READY], [NEVER]),
}

TURN = ["Wait", "Poll", "IsPending"]
END = ["Finalize"]
TELL = ["TellWithoutFinalize", "Unfinished"]


@pytest.fixture(scope="module")
def executions(stack: LocalStack, subscriber: Subscriber) -> dict[str, Execution]:  # noqa: ARG001  # subscribed first
    """All scripts at once: they spend most of their time waiting."""
    machines = make_machines(stack)
    arns = {name: machines.start(name, *script, mute=name == "mute-owner") for name, script in SCRIPTS.items()}
    return {name: ended(stack.emulator, arn) for name, arn in arns.items()}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ready-at-once", [*TURN, *END]),
        ("ready-after-two-turns", [*TURN * 2, *END]),
        ("pending-for-ever", [*TURN * MAXIMUM_TURNS, *END]),
        ("poll-says-nothing", [*TURN, *END]),
        ("poll-never-runs", ["Wait", "Poll", *END]),
        ("poll-runs-the-third-time", [*TURN, *END]),
        ("finalize-runs-the-third-time", [*TURN, *END]),
    ],
)
def test_what_can_be_finished_is_done(executions: dict[str, Execution], name: str, path: list[str]) -> None:
    assert (executions[name].status, executions[name].path) == ("SUCCEEDED", path)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("finalize-never-runs", [*TURN, *END, *TELL]),
        ("mute-owner", [*TURN, *END, *TELL]),
    ],
)
def test_what_cannot_be_finished_fails_after_the_owner_was_notified(
    executions: dict[str, Execution], name: str, path: list[str]
) -> None:
    execution = executions[name]

    assert (execution.status, execution.error, execution.path) == ("FAILED", "Unfinished", path)


def test_what_is_kept_of_an_execution_names_the_edit_and_no_link(executions: dict[str, Execution]) -> None:
    name = "ready-at-once"

    assert executions[name].output == {"edit_id": f"stub-{name}", **DONE}


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        ("ready-at-once", 0),
        ("poll-runs-the-third-time", 2),
        ("finalize-runs-the-third-time", 2),
        ("poll-never-runs", 7),
        ("finalize-never-runs", 7),
        ("mute-owner", 13),  # finalize seven times, the message six
    ],
)
def test_a_task_is_tried_again_as_often_as_its_state_says(
    executions: dict[str, Execution], name: str, failures: int
) -> None:
    assert executions[name].count("TaskFailed") == failures


def test_the_owner_is_notified_of_the_edit_and_its_task(
    executions: dict[str, Execution], subscriber: Subscriber
) -> None:
    name = "finalize-never-runs"
    alarm = subscriber.alarm(f"stub-{name} ")

    assert executions[name].status == "FAILED"
    assert f"task-{name}" in alarm["Message"]


def test_these_executions_take_every_way_that_there_is(executions: dict[str, Execution]) -> None:
    definition = Definition.read()
    taken = {step for execution in executions.values() for step in execution.steps}

    assert taken == {(way.source, way.target) for way in definition.ways}
    assert {state for step in taken for state in step} == set(definition.states)
