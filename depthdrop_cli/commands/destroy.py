"""`depthdrop destroy`: deletes a stack, and its retained buckets and table only with their own options."""

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError, WaiterError

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack, cloudformation
from depthdrop_cli.terminal.errors import CliError, Exit
from depthdrop_cli.terminal.output import Output, typed

_BUCKETS = ("InboxBucket", "OutboxBucket")  # resources of the stack only if it created them
_PATIENCE: Any = {"Delay": 3, "MaxAttempts": 600}  # seconds, and looks: half an hour


def destroy(
    stack: OperatorStack,
    out: Output,
    *,
    empty: Annotated[
        bool, typer.Option("--empty", help="Also delete the stack's buckets and all objects in them.")
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Also delete the table, the record of what was bought.")
    ] = False,
    yes: Annotated[
        str | None, typer.Option(metavar="STACK", help="Confirm with the stack's name instead of typing it.")
    ] = None,
) -> Exit:
    """Delete a deployed stack after its name is typed. Buckets and table are kept without --empty and --table."""
    buckets = [stack.resources[logical] for logical in _BUCKETS if logical in stack.resources]
    records = stack.resource("Edits")
    for line in _plan(stack, buckets, records, empty=empty, table=table):
        out.say(line)
    if not _is_confirmed(stack.name, yes or None, out):
        out.say("Nothing was deleted.")
        return Exit.UNSUCCESSFUL
    _delete(stack.name)
    out.say(f"The stack {stack.name} is deleted.")
    deleted, kept = (buckets, []) if empty else ([], buckets)
    for bucket in deleted:
        out.say(f"s3://{bucket}: {delete_bucket(bucket)} versions deleted, and the bucket.")
    if table:
        delete_table(records)
        out.say(f"The table {records} is deleted.")
    for bucket in kept:
        out.say(f"Kept: s3://{bucket}. Empty it in the S3 console, versions too, to delete it.")
    if not table:
        out.say(
            f"Kept: the table {records}. To delete it: aws dynamodb update-table --table-name {records} "
            f"--no-deletion-protection-enabled && aws dynamodb delete-table --table-name {records}"
        )
    kept_table = None if table else records
    out.answer({"stack": stack.name, "deleted": True, "kept_buckets": kept, "kept_table": kept_table})
    return Exit.DONE


def _plan(stack: OperatorStack, buckets: Sequence[str], records: str, *, empty: bool, table: bool) -> Iterator[str]:
    """What will be deleted and what will be kept, shown before the question."""
    yield f"{stack.name} will be deleted, with its functions, queues, topics, alarms, logs and the key's secret."
    watched = _watched(stack)
    if watched:
        yield f"{watched} paid edits are running: their pictures will be LOST."
    fate = "will be deleted WITH ALL ITS OBJECTS" if empty else "is kept with all its objects"
    yield from (f"s3://{bucket} {fate}." for bucket in buckets)
    fate = "will be deleted" if table else "is kept"
    yield f"The table {records} {fate}. It records what was bought; without it everything can be bought again."


def _watched(stack: OperatorStack) -> int:
    try:
        listed = aws.stepfunctions().list_executions(
            stateMachineArn=stack.resource("EditWorkflow"), statusFilter="RUNNING", maxResults=1000
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "StateMachineDoesNotExist":  # deleted by an earlier, incomplete try
            return 0
        raise
    return len(listed["executions"])


def _is_confirmed(name: str, confirmed: str | None, out: Output) -> bool:
    if confirmed is None and not sys.stdin.isatty():
        out.say(f"No terminal to ask at. Confirm with --yes {name} (YES={name} for make).")
        return False
    answer = confirmed or typed(f"Type {name} to delete it")
    if answer not in {name, None}:
        out.say(f"{answer} is not {name}.")
    return answer == name


def _delete(name: str) -> None:
    """Delete the stack and wait. Raises CliError with CloudFormation's own reason."""
    client = cloudformation()
    stack_id = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=name)
    try:
        client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=_PATIENCE)
    except WaiterError as error:
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}"
            for event in client.describe_stack_events(StackName=stack_id)["StackEvents"]
            if event["ResourceStatus"] == "DELETE_FAILED"
        ]
        raise CliError(f"{name} could not be deleted: {'; '.join(reasons[:3]) or error}") from error


def delete_bucket(bucket: str) -> int:
    """Delete every object version, then the bucket. Returns the number of versions. Raises CliError."""
    s3, count = aws.s3(), 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        versions: Any = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in listed]
        if versions:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise CliError(f"s3://{bucket}/{first.get('Key')} could not be deleted: {first.get('Message')}")
            count += len(versions)
    s3.delete_bucket(Bucket=bucket)
    return count


def delete_table(table: str) -> None:
    """Remove the table's protection, then the table. DynamoDB keeps a last backup for 35 days."""
    dynamodb = aws.dynamodb()
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 3, "MaxAttempts": 100})
    dynamodb.delete_table(TableName=table)
