"""Loads each function's app.py as Lambda would, and calls it with an event."""

import importlib.util
import io
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from depthdrop import aws
from depthdrop.use_cases import download_and_store
from tests.support.aws import INBOX, Stack
from tests.support.template_names import template

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Context:
    """What Lambda passes to a handler about its invocation."""

    function_name: str
    seconds: float = 85.0
    memory_limit_in_mb: int = 256
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


def load(stack: Stack, name: str) -> ModuleType:
    """A cold start: the template's variables, a new logger, a new module."""
    stack.variables(f"{name.capitalize()}Function")
    logging.Logger.manager.loggerDict.pop(name, None)
    path = ROOT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"{name}_app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(stack: Stack, name: str, event: dict[str, Any]) -> Any:
    """What a cold start returns for this event, after the trip through JSON that Lambda makes of it."""
    answer = load(stack, name).handler(event, Context(name, seconds_of(name)))
    return json.loads(json.dumps(answer))


def seconds_of(name: str) -> float:
    """What is left of this function's time when it starts."""
    timeout: int = template()["Resources"][f"{name.capitalize()}Function"]["Properties"]["Timeout"]
    return timeout - 1.0


def poll_within_reach(stack: Stack) -> list[str]:
    """Finalize's Lambda client invokes the poll handler, at once; the names that it is invoked by."""
    asked: list[str] = []

    def invoke(**given: Any) -> dict[str, Any]:
        asked.append(given["FunctionName"])
        return {"Payload": io.BytesIO(json.dumps(call(stack, "poll", json.loads(given["Payload"]))).encode())}

    stack.monkeypatch.setattr(aws, "functions", lambda: SimpleNamespace(invoke=invoke))
    stack.monkeypatch.setattr(download_and_store, "AGAIN_SECONDS", (0, 0))
    return asked


def sample(name: str) -> dict[str, Any]:
    """One of the files in events/."""
    found: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return found


def message(key: str) -> dict[str, Any]:
    event = sample("submit_eventbridge")
    body = json.loads(event["Records"][0]["body"])
    body["detail"] |= {"bucket": {"name": INBOX}}
    body["detail"]["object"]["key"] = key
    event["Records"][0]["body"] = json.dumps(body)
    return event


def whole_edit(stack: Stack, key: str) -> None:
    call(stack, "submit", message(key))
    for name in stack.executions():
        state = stack.execution_input(name)
        state |= {"outcome": call(stack, "poll", state), "turns": 1}
        call(stack, "finalize", state)
    call(stack, "sweep", sample("sweep"))
