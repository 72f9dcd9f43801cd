"""Starts the edit workflow: one execution watches one paid task. And what its input says of that task."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from depthdrop.drop.identities import execution_name
from depthdrop.records.edits import Edits

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from depthdrop.records.types import EditRecord
    from depthdrop.upstream.post_outcome import Accepted
    from depthdrop.watch.latency import Latency

SCHEMA = 1  # of the execution's input: an upgrade meets executions already in flight
_TRIES = 5


class WorkflowError(Exception):
    """No execution could be started; the record says SUBMITTED, so sweep will try again."""


@dataclass(frozen=True, slots=True)
class Workflow:
    arn: str
    stepfunctions: "SFNClient"
    edits: Edits

    def start(self, edit_id: str, attempt: int, facts: Mapping[str, object]) -> str:
        """See that an execution runs for this task; its name. A closed name is refused, so count up."""
        for _ in range(_TRIES):
            name = execution_name(edit_id, attempt)
            try:
                text = json.dumps(execution_input(edit_id, attempt, facts))
                self.stepfunctions.start_execution(stateMachineArn=self.arn, name=name, input=text)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                    raise
                if self.is_running(edit_id, attempt):
                    return name
                attempt = self.edits.raise_attempt(edit_id, attempt) or self._attempt_now(edit_id, attempt)
            else:
                return name
        raise WorkflowError(f"no free execution name for edit {edit_id}")

    def is_running(self, edit_id: str, attempt: int) -> bool:
        found = self._look(edit_id, attempt)
        return found is not None and found["status"] == "RUNNING"

    def input_of(self, edit_id: str, attempt: int) -> dict[str, Any] | None:
        """What this execution was started with, whether or not it runs: the second home of a task id."""
        found = self._look(edit_id, attempt)
        return json.loads(found["input"]) if found is not None else None

    def _look(self, edit_id: str, attempt: int) -> "DescribeExecutionOutputTypeDef | None":
        arn = self.arn.replace(":stateMachine:", ":execution:", 1) + f":{execution_name(edit_id, attempt)}"
        try:
            return self.stepfunctions.describe_execution(executionArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return None

    def _attempt_now(self, edit_id: str, attempt: int) -> int:
        record = self.edits.get(edit_id)
        return int(record["attempt"]) if record else attempt + 1


def execution_input(edit_id: str, attempt: int, facts: Mapping[str, object]) -> dict[str, object]:
    """What an execution is started with."""
    return {"schema": SCHEMA, "edit_id": edit_id, "attempt": attempt, **facts}


def facts_of_accepted(
    task: "Accepted", now: float, deadline: int, latency: "Latency", wait_seconds: int
) -> dict[str, object]:
    """The execution's input for a task that was accepted just now. Times are epoch seconds."""
    return {
        "task_id": task.task_id,
        "polling_url": task.polling_url,
        "submitted_at": now,
        "deadline_at": deadline,
        "latency": latency.to_state(),
        "wait_seconds": wait_seconds,
    }


def facts_of(edit: "EditRecord") -> dict[str, object]:
    """The execution's input for a recorded task."""
    return {
        "task_id": edit["task_id"],
        "polling_url": edit.get("polling_url"),
        "submitted_at": float(edit["submitted_at"]),
        "deadline_at": edit["deadline_at"],
        "wait_seconds": 1,
    }
