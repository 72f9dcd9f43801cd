"""One execution watches one task: starting it twice starts it once, and a closed name counts up."""

import json

import pytest
from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop.watch.workflow import Workflow, WorkflowError, facts_of
from tests.support.aws import WORKFLOW_ARN, Stack
from tests.support.scripted import NOW

FACTS = {"task_id": "t", "submitted_at": 1.5}


@pytest.fixture
def workflow(stack: Stack) -> Workflow:
    stack.table.put({"pk": "edit#e", "edit_id": "e", "attempt": 1}, "attribute_not_exists(pk)")
    return Workflow(WORKFLOW_ARN, aws.stepfunctions(), stack.edits)


def attempt(stack: Stack) -> int:
    edit = stack.edits.get("e")
    assert edit is not None
    return int(edit["attempt"])


def test_an_execution_is_named_after_edit_and_attempt_and_carries_the_schema(
    stack: Stack, workflow: Workflow
) -> None:
    assert workflow.start("e", 1, FACTS) == "e-1"
    assert stack.execution_input("e-1") == {"schema": 1, "edit_id": "e", "attempt": 1, **FACTS}


@pytest.mark.parametrize("facts", [FACTS, {"task_id": "t", "wait_seconds": 1}])
def test_an_execution_that_runs_already_is_success(
    stack: Stack, workflow: Workflow, facts: dict[str, object]
) -> None:
    workflow.start("e", 1, FACTS)

    assert workflow.start("e", 1, facts) == "e-1"
    assert (stack.executions(), attempt(stack)) == ({"e-1": "RUNNING"}, 1)


def test_a_closed_execution_makes_the_attempt_count_up(stack: Stack, workflow: Workflow) -> None:
    workflow.start("e", 1, FACTS)
    stack.close_execution("e-1")

    assert workflow.start("e", 1, FACTS) == "e-2"
    assert (stack.executions()["e-2"], attempt(stack)) == ("RUNNING", 2)
    assert stack.execution_input("e-2")["attempt"] == 2


def test_a_worker_that_loses_the_race_to_count_up_joins_the_winners_execution(
    stack: Stack, workflow: Workflow
) -> None:
    workflow.start("e", 1, FACTS)
    stack.close_execution("e-1")
    workflow.start("e", 1, FACTS)

    assert workflow.start("e", 1, FACTS) == "e-2"
    assert (sorted(stack.executions()), attempt(stack)) == (["e-1", "e-2"], 2)


def test_several_closed_executions_are_counted_past(stack: Stack, workflow: Workflow) -> None:
    for _ in range(3):
        stack.close_execution(workflow.start("e", attempt(stack), FACTS))

    assert workflow.start("e", 1, FACTS) == "e-4"


def test_starting_gives_up_after_a_few_names(stack: Stack, workflow: Workflow) -> None:
    workflow.start("e", 1, FACTS)
    stack.close_execution("e-1")
    stack.monkeypatch.setattr(type(stack.edits), "raise_attempt", lambda *_: 1)

    with pytest.raises(WorkflowError):
        workflow.start("e", 1, FACTS)


def test_any_other_error_is_raised(stack: Stack, workflow: Workflow) -> None:
    nowhere = Workflow(WORKFLOW_ARN + "-gone", workflow.stepfunctions, stack.edits)

    with pytest.raises(ClientError, match="DoesNotExist"):
        nowhere.start("e", 1, FACTS)


def test_an_execution_that_never_was_does_not_run_and_knows_nothing(workflow: Workflow) -> None:
    assert workflow.is_running("e", 1) is False
    assert workflow.input_of("e", 1) is None


def test_a_closed_execution_does_not_run_and_still_knows_its_task(stack: Stack, workflow: Workflow) -> None:
    workflow.start("e", 1, FACTS)
    stack.close_execution("e-1")

    assert workflow.is_running("e", 1) is False
    found = workflow.input_of("e", 1)
    assert found is not None
    assert found["task_id"] == "t"


def test_a_recorded_task_gives_the_executions_facts_as_json(stack: Stack) -> None:
    stack.table.put({"pk": "edit#p", "state": "POSTING", "token": "t"}, "attribute_not_exists(pk)")
    stack.edits.accepted("p", "t", "task-1", NOW + 0.25, NOW + 60, None)
    edit = stack.edits.get("p")
    assert edit is not None

    assert json.loads(json.dumps(facts_of(edit))) == {
        "task_id": "task-1",
        "polling_url": None,
        "submitted_at": NOW + 0.25,
        "deadline_at": NOW + 60,
        "wait_seconds": 1,
    }
