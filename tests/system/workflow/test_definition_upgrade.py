"""An execution that a released version started continues by its own definition, with the functions of today."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.stack.stack import LocalStack
from tests.system.workflow.conftest import Subscriber
from tests.system.workflow.executions import ended, start
from tests.system.workflow.paid_edit import pay
from tests.upgrade.releases import WORKFLOW, read, scenes_of, versions

pytestmark = pytest.mark.sockets

_OF_THIS_TASK = ("edit_id", "task_id", "polling_url", "submitted_at", "deadline_at")


@pytest.mark.parametrize("version", versions(), ids=lambda version: version.name)
@pytest.mark.parametrize("definition", ["as released", "today's"])
def test_an_execution_of_a_released_version_ends_well(
    stack: LocalStack, subscriber: Subscriber, version: Path, definition: str
) -> None:
    paid = pay(stack, f"an execution of {version.name}, {definition}")
    [given] = read(scenes_of(version)["execution_started"]).executions.values()
    state = {**given, **{name: paid.state[name] for name in _OF_THIS_TASK}}
    name = f"{version.name.replace('.', '-')}-{definition[0]}"
    machine = _machine(stack, name, version / WORKFLOW) if definition == "as released" else _todays(stack)

    execution = ended(stack.emulator, start(stack.emulator, machine, f"{paid.edit_id}-{definition[0]}", state))

    assert (execution.status, "Finalize" in execution.path) == ("SUCCEEDED", True)
    assert (paid.record["state"], paid.holds_a_slot) == ("SUCCEEDED", False)
    assert [event["type"] for event in subscriber.events(paid.edit_id)] == ["depthdrop.edit.succeeded.v1"]


def _todays(stack: LocalStack) -> str:
    return stack.outputs["EditWorkflowArn"]


def _machine(stack: LocalStack, name: str, path: Path) -> str:
    """Its placeholders filled with what the deployed definition has in their place."""
    stepfunctions = stack.emulator.client("stepfunctions")
    deployed = stepfunctions.describe_state_machine(stateMachineArn=stack.outputs["EditWorkflowArn"])
    states: dict[str, Any] = json.loads(deployed["definition"])["States"]
    text = path.read_text()
    for placeholder, value in {
        "AWSPartition": "aws",
        "PollFunctionArn": states["Poll"]["Arguments"]["FunctionName"],
        "FinalizeFunctionArn": states["Finalize"]["Arguments"]["FunctionName"],
        "AlarmsTopicArn": states["TellWithoutFinalize"]["Arguments"]["TopicArn"],
        "MaximumTurns": "2100",
        "MaximumDownloadTries": "3",
    }.items():
        text = text.replace(f"${{{placeholder}}}", value)
    made = stepfunctions.create_state_machine(name=name, definition=text, roleArn=deployed["roleArn"])
    arn: str = made["stateMachineArn"]
    return arn
