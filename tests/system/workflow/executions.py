"""Starts executions on the emulator and returns their outcomes."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from depthdrop_cli.stack.notifications import policy_for_topic
from local.stack.emulator import Emulator

T = TypeVar("T")

PATIENCE_SECONDS = 900.0  # only what does not come at all takes so long
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Execution:
    """One that has ended. `path` names its states in the order they were entered."""

    status: str
    error: str | None
    output: dict[str, Any] | None
    path: list[str]
    events: list[dict[str, Any]]

    def count(self, event_type: str) -> int:
        return sum(event["type"] == event_type for event in self.events)

    def entered(self, state: str) -> list[dict[str, Any]]:
        """What this state was given, each time."""
        details = [event["stateEnteredEventDetails"] for event in self.events if _enters(event)]
        return [json.loads(each["input"]) for each in details if each["name"] == state]

    @property
    def steps(self) -> set[tuple[str, str]]:
        """The ways that it took between states."""
        return set(zip(self.path, self.path[1:], strict=False))


def until(look: Callable[[], T | None], what: str) -> T:
    """The first thing that `look` finds. Raises AssertionError when patience is over."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come in {PATIENCE_SECONDS:.0f} s")
        time.sleep(_LOOK_SECONDS)
    return found


def start(emulator: Emulator, machine: str, name: str, state: dict[str, Any]) -> str:
    """The execution's ARN."""
    stepfunctions = emulator.client("stepfunctions")
    arn: str = stepfunctions.start_execution(stateMachineArn=machine, name=name, input=json.dumps(state))[
        "executionArn"
    ]
    return arn


def ended(emulator: Emulator, arn: str) -> Execution:
    """Wait for its end and read its history."""
    stepfunctions = emulator.client("stepfunctions")

    def look() -> dict[str, Any] | None:
        seen: dict[str, Any] = stepfunctions.describe_execution(executionArn=arn)
        return None if seen["status"] == "RUNNING" else seen

    seen = until(look, f"the end of {arn.rpartition(':')[2]}")
    pages = stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=1000)
    events = [event for page in pages for event in page["events"]]
    path = [event["stateEnteredEventDetails"]["name"] for event in events if _enters(event)]
    output = json.loads(seen["output"]) if seen["status"] == "SUCCEEDED" else None
    return Execution(seen["status"], seen.get("error"), output, path, events)


def queue_of(emulator: Emulator, topic_arn: str, name: str, policy: Mapping[str, Any] | None = None) -> str:
    """The URL of a new queue that gets the topic's messages, or those that pass this filter policy."""
    sqs = emulator.client("sqs")
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy_for_topic(topic_arn, arn)})
    attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
    emulator.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def _enters(event: dict[str, Any]) -> bool:
    return str(event["type"]).endswith("StateEntered")
