"""Finds a stack by name, or the local stack, and makes the same collaborators that its functions use."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import ClientError

from depthdrop.environment import MissingSettingError, SubmitEnvironment, load
from depthdrop.observe import make_metrics
from depthdrop.use_cases.submit import Submit, from_environment
from depthdrop_cli.stack import local_stack
from depthdrop_cli.terminal.errors import CliError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

_CONFIG = Config(connect_timeout=5, read_timeout=65, retries={"total_max_attempts": 3, "mode": "standard"})


@dataclass(frozen=True)
class OperatorStack:
    """A deployed stack with its outputs and its resources' physical names."""

    name: str
    status: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]

    @cached_property
    def submit(self) -> Submit:
        """Submit's collaborators with submit's own settings and this machine's credentials."""
        silent = Logger(service="cli", level="CRITICAL", stream=sys.stderr)
        return from_environment(silent, make_metrics("cli"), self.environment)

    @cached_property
    def environment(self) -> SubmitEnvironment:
        try:
            return load(SubmitEnvironment, self.variables("SubmitFunction"))
        except MissingSettingError as error:
            raise CliError(
                f"The stack {self.name} was deployed by another version of depthdrop than this command's: {error}"
            ) from error

    def variables(self, function: str) -> Mapping[str, str]:
        """The environment variables of one of the stack's functions, by its logical name."""
        answer = lambdas().get_function_configuration(FunctionName=self.resource(function))
        return answer.get("Environment", {}).get("Variables", {})

    def resource(self, logical: str) -> str:
        try:
            return self.resources[logical]
        except KeyError:
            raise CliError(f"The stack {self.name} has no {logical}: it is not a depthdrop stack.") from None

    def now(self) -> int:
        return int(time.time())

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


def cloudformation() -> "CloudFormationClient":
    return boto3.client("cloudformation", config=_CONFIG)


def lambdas() -> "LambdaClient":
    return boto3.client("lambda", config=_CONFIG)


def find_stack(name: str | None) -> OperatorStack:
    """The stack with this name, or the local one running in the working directory or above. Raises CliError."""
    if name is None:
        address = local_stack.running(Path.cwd())
        if address is None:
            raise CliError(
                "No stack is named and none runs here. Give --stack NAME for a deployed stack, "
                "or start one on this machine with `make up`."
            )
        address.enter()
        name = address.stack
    client = cloudformation()
    try:
        [found] = client.describe_stacks(StackName=name)["Stacks"]
        pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in pages
            for resource in page["StackResourceSummaries"]
        }
    except ClientError as error:
        details: Any = error.response["Error"]
        if details["Code"] == "ValidationError" and "does not exist" in details.get("Message", ""):
            raise CliError(
                f"There is no stack {name} in {client.meta.region_name}. "
                "AWS_REGION and AWS_PROFILE select where this command looks."
            ) from error
        raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return OperatorStack(name, found["StackStatus"], outputs, resources)
