"""Deploys the real template into the emulator through CloudFormation, with its Transform."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from local.stack.bundle import load_template, packed
from local.stack.emulator import Emulator
from local.stack.processes import LocalStackError

STACK = "depthdrop-local"
_ARTIFACTS_BUCKET = "depthdrop-local-artifacts"
_TEMPLATE_KEY = "template.json"
_SECRET = "UpstreamKey"  # noqa: S105  # a logical id


def deploy(emulator: Emulator, layer: bytes, parameters: Mapping[str, str], key: str) -> dict[str, str]:
    """Create the stack with this key in its secret; returns its outputs. Raises LocalStackError."""
    template = load_template()
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=_ARTIFACTS_BUCKET)
    for name, content in packed(template, layer, _ARTIFACTS_BUCKET):
        s3.put_object(Bucket=_ARTIFACTS_BUCKET, Key=name, Body=content)
    text = json.dumps(_refer_by_arn(template))
    s3.put_object(Bucket=_ARTIFACTS_BUCKET, Key=_TEMPLATE_KEY, Body=text.encode())
    outputs = _create(emulator, parameters)
    emulator.client("secretsmanager").put_secret_value(SecretId=outputs["UpstreamKeySecretArn"], SecretString=key)
    return outputs


def _create(emulator: Emulator, parameters: Mapping[str, str]) -> dict[str, str]:
    cloudformation = emulator.client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=f"{emulator.url}/{_ARTIFACTS_BUCKET}/{_TEMPLATE_KEY}",
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        waiter = cloudformation.get_waiter("stack_create_complete")
        waiter.wait(StackName=STACK, WaiterConfig={"Delay": 0.2, "MaxAttempts": 600})
    except (ClientError, WaiterError) as error:
        raise LocalStackError(f"The template could not be deployed: {_reason(emulator) or error}") from error
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _refer_by_arn(node: Any) -> Any:
    """The Ref of a secret is its ARN on AWS, and its name in the emulator; GetAtt Id is the ARN in both."""
    if node == {"Ref": _SECRET}:
        return {"Fn::GetAtt": [_SECRET, "Id"]}
    if isinstance(node, dict):
        return {name: _refer_by_arn(value) for name, value in node.items()}
    return [_refer_by_arn(value) for value in node] if isinstance(node, list) else node


def _reason(emulator: Emulator) -> str:
    try:
        events = emulator.client("cloudformation").describe_stack_events(StackName=STACK)["StackEvents"]
    except ClientError:
        return ""
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}" for event in failed[-3:]
    )
