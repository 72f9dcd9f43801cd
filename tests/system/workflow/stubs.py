"""The committed definition with other functions behind it: their answers are in the execution's input."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from local.stack.stack import LocalStack
from tests.system.workflow.executions import start
from tests.template.definition import DEFINITION

MAXIMUM_TURNS = 3

# Answers come from `script`, one for each turn, the last one for ever. {"raise": n} fails n times, then
# gives {"then": …}; how often is counted in a file, for each retry may meet another worker.
_CODE = """
import os, tempfile

def answer(event, name, number):
    script = event["script"][name]
    said = script[min(number, len(script) - 1)]
    if not isinstance(said, dict) or "raise" not in said:
        return said
    counter = os.path.join(tempfile.gettempdir(), f"{name}-{event['edit_id']}")
    with open(counter, "a+") as file:
        file.write("x")
        file.seek(0)
        failures = len(file.read())
    if failures <= said["raise"]:
        raise RuntimeError("as the script says")
    return said["then"]

def poll(event, context):
    return answer(event, "poll", event.get("turns", 0))

def finalize(event, context):
    return answer(event, "finalize", 0)
"""


@dataclass(frozen=True, slots=True)
class Machines:
    """One that can notify the owner and one whose alarms topic does not exist."""

    stack: LocalStack
    normal: str
    mute: str

    def start(self, name: str, poll: list[Any], finalize: list[Any], *, mute: bool = False) -> str:
        """Start an execution of this script; its ARN."""
        state = {
            "schema": 1,
            "edit_id": f"stub-{name}",
            "attempt": 1,
            "task_id": f"task-{name}",
            "wait_seconds": 1,
            "script": {"poll": poll, "finalize": finalize},
        }
        return start(self.stack.emulator, self.mute if mute else self.normal, name, state)


def make_machines(stack: LocalStack) -> Machines:
    stepfunctions = stack.emulator.client("stepfunctions")
    role = stepfunctions.describe_state_machine(stateMachineArn=stack.outputs["EditWorkflowArn"])["roleArn"]
    functions = {name: _function(stack, name, role) for name in ("poll", "finalize")}
    nowhere = stack.outputs["AlarmsTopicArn"] + "-gone"
    return Machines(
        stack,
        _machine(stack, "stubs", role, functions, stack.outputs["AlarmsTopicArn"]),
        _machine(stack, "stubs-mute", role, functions, nowhere),
    )


def _function(stack: LocalStack, name: str, role: str) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", _CODE)
    made = stack.emulator.client("lambda").create_function(
        FunctionName=f"stub-{name}",
        Runtime="python3.13",
        Handler=f"app.{name}",
        Role=role,
        Code={"ZipFile": content.getvalue()},
    )
    arn: str = made["FunctionArn"]
    return arn


def _machine(stack: LocalStack, name: str, role: str, functions: dict[str, str], alarms_topic_arn: str) -> str:
    text = DEFINITION.read_text()
    for placeholder, value in {
        "AWSPartition": "aws",
        "PollFunctionArn": functions["poll"],
        "FinalizeFunctionArn": functions["finalize"],
        "AlarmsTopicArn": alarms_topic_arn,
        "MaximumTurns": str(MAXIMUM_TURNS),
    }.items():
        text = text.replace(f"${{{placeholder}}}", value)
    stepfunctions = stack.emulator.client("stepfunctions")
    arn: str = stepfunctions.create_state_machine(name=name, definition=text, roleArn=role)["stateMachineArn"]
    return arn
