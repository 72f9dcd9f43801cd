"""The real handlers around moto's AWS and the fake upstream, and what each left behind."""

import io
import json
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from depthdrop import aws
from depthdrop.use_cases import download_and_store
from local.fake_upstream import FakeUpstream
from tests.hostile.corpus.forms import FORMS
from tests.hostile.corpus.log_lines import Log
from tests.support.aws import REGION, TABLE, Stack
from tests.unit.functions.lambdas import Context, load, seconds_of

_MOST_TURNS = 20


@dataclass
class World:
    """Everything that is printed is read with each look at `log`, and kept there."""

    stack: Stack
    fake: FakeUpstream
    capsys: pytest.CaptureFixture[str]
    log: Log = field(default_factory=Log)
    functions: dict[str, ModuleType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Finalize asks poll for a fresh link, at once."""
        self.stack.monkeypatch.setattr(aws, "functions", lambda: SimpleNamespace(invoke=self._invoke_poll))
        self.stack.monkeypatch.setattr(download_and_store, "AGAIN_SECONDS", (0, 0))

    def _invoke_poll(self, **given: Any) -> dict[str, Any]:
        return {"Payload": io.BytesIO(json.dumps(self.call("poll", json.loads(given["Payload"]))).encode())}

    def deliver(self, key: str, form: str = "eventbridge") -> dict[str, Any]:
        """What submit returns for the event of this object; an exception of the handler is one here."""
        answer = self.call("submit", FORMS[form](key))
        self.listen()
        return answer

    def sweep(self) -> None:
        self.call("sweep", {})
        self.listen()

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """A cold start at first, a warm one from then on."""
        if function not in self.functions:
            self.functions[function] = load(self.stack, function)
        answer = self.functions[function].handler(event, Context(function, seconds_of(function)))
        found: dict[str, Any] = json.loads(json.dumps(answer))
        return found

    def close(self) -> None:
        """Poll keeps its connection for the next call."""
        if "poll" in self.functions:
            self.functions["poll"].use_case.upstream._poll_client.close()

    def finish(self) -> None:
        """What the state machine does with every edit that was paid for."""
        for name, status in self.stack.executions().items():
            if status == "RUNNING":
                self._finish(name)
        self.listen()

    @property
    def posts(self) -> int:
        """Requests that could have been charged, as the upstream counted them."""
        return sum(self.fake.state["requests"]["post"].values())

    @property
    def kinds(self) -> set[str]:
        """What kinds of records there are."""
        items = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE].all_items()
        return {item.hash_key.value.partition("#")[0] for item in items}

    def envelopes(self) -> list[dict[str, Any]]:
        """What SNS delivered, up to ten; looking does not take it away."""
        queue = self.stack.names["EventsQueue"]
        got = aws.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [json.loads(message["Body"]) for message in got.get("Messages", [])]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(one["Message"]) for one in self.envelopes()]

    def _finish(self, name: str) -> None:
        state = self.stack.execution_input(name)
        for turn in range(_MOST_TURNS):
            outcome = self.call("poll", state)
            if outcome["status"] == "pending":
                continue
            if self.call("finalize", {**state, "outcome": outcome, "turns": turn}) == {"status": "done"}:
                self.stack.close_execution(name)
                return
        raise AssertionError(f"{name} did not end")

    def listen(self) -> None:
        caught = self.capsys.readouterr()
        self.log.add(caught.out, caught.err)
