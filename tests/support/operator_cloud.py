"""What moto lacks of a deployed stack: CloudFormation, the functions' settings, and sweep when invoked."""

import contextlib
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from depthdrop import __version__
from depthdrop_cli.app import app
from depthdrop_cli.stack import stacks
from tests.support.aws import FUNCTIONS, Stack
from tests.support.template_names import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "depthdrop"


@dataclass
class Cloud:
    """A stack as the command finds it. AWS denies the calls whose names are in `refused`."""

    stack: Stack
    outputs: dict[str, str] = field(default_factory=lambda: {"Version": __version__, "SetKeyCommand": "set-it"})
    notifications: dict[str, Any] = field(default_factory=lambda: {"EventBridgeConfiguration": {}})
    status: str = "UPDATE_COMPLETE"
    concurrency: int = 1000
    refused: dict[str, str] = field(default_factory=dict)
    odd: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, *arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(app, [*arguments, "--stack", NAME], input=answer)

    def json(self, *arguments: str, code: int = 0) -> Any:
        ended = self.run(*arguments, "--json")
        assert ended.exit_code == code, ended.output
        return json.loads(ended.stdout)

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Its own answer, or KeyError for what moto answers."""
        if name in self.refused:
            raise ClientError({"Error": {"Code": self.refused[name], "Message": "no"}}, name)
        answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "DescribeStacks": self._stacks,
            "ListStackResources": self._resources,
            "GetFunctionConfiguration": self._function,
            "GetAccountSettings": self._limits,
            "Invoke": self._invoke,
            "GetBucketNotificationConfiguration": lambda _: self.notifications,  # moto leaves EventBridge out
        }
        return answers[name](arguments)

    def _stacks(self, arguments: dict[str, Any]) -> Any:
        if arguments["StackName"] != NAME:
            message = f"Stack with id {arguments['StackName']} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in self.outputs.items()]
        return {"Stacks": [{"StackName": NAME, "StackStatus": self.status, "Outputs": outputs}]}

    def _resources(self, _arguments: dict[str, Any]) -> Any:
        names = {**self.stack.names, **{function: function for function in FUNCTIONS}, "InboxRule": "own-rule"}
        listed = [{"LogicalResourceId": one, "PhysicalResourceId": name} for one, name in names.items()]
        return {"StackResourceSummaries": listed}

    def _function(self, arguments: dict[str, Any]) -> Any:
        name = arguments["FunctionName"]
        return {"Environment": {"Variables": variables_of(name, self.stack.names) | self.odd.get(name, {})}}

    def _limits(self, _arguments: dict[str, Any]) -> Any:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self.concurrency}}

    def _invoke(self, arguments: dict[str, Any]) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):  # its log, which is the function's and not the command's
            reply = self.stack.sweep().resume(json.loads(arguments["Payload"])["resume"])
        return {"Payload": io.BytesIO(json.dumps(reply).encode())}


@pytest.fixture
def cloud(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud(stack)
    real: Callable[..., Any] = vars(BaseClient)["_make_api_call"]

    def call(self: Any, name: str, arguments: dict[str, Any]) -> Any:
        try:
            return made.call(name, arguments)
        except KeyError:
            return real(self, name, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setattr(stacks.OperatorStack, "now", lambda _self: int(stack.clock()))
    monkeypatch.delenv("DEPTHDROP_STACK", raising=False)
    return made
