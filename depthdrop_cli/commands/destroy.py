"""`depthdrop destroy`: deletes a stack. Its buckets and table, which the template keeps, go only if asked for."""

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError, WaiterError

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack, cloudformation
from depthdrop_cli.terminal.errors import CliError, Exit
from depthdrop_cli.terminal.output import Output

_BUCKETS = ("InboxBucket", "OutboxBucket")  # of buckets that were there before, the stack has neither
_LOOK_SECONDS, _LOOKS = 3, 600


def destroy(
    stack: OperatorStack,
    out: Output,
    *,
    empty: Annotated[
        bool, typer.Option("--empty", help="Delete the stack's buckets, with what is in them.")
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Delete the table, the record of what was bought.")
    ] = False,
    yes: Annotated[
        str | None, typer.Option(metavar="STACK", help="The stack's name, instead of a question.")
    ] = None,
) -> Exit:
    """Delete a deployed stack, after its name was typed. Its buckets and its table stay unless they are named."""
    buckets = [stack.resources[logical] for logical in _BUCKETS if logical in stack.resources]
    records = stack.resource("Edits")
    for line in _announced(stack, buckets, records, empty=empty, table=table):
        out.say(line)
    if not _agreed(stack.name, yes or None, out):
        out.say("Nothing was deleted.")
        return Exit.NOT_SO
    _delete(stack.name)
    out.say(f"The stack {stack.name} is gone.")
    kept = [] if empty else buckets
    if empty:
        for bucket in buckets:
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


def _announced(
    stack: OperatorStack, buckets: Sequence[str], records: str, *, empty: bool, table: bool
) -> Iterator[str]:
    """What will be gone and what will not, before the owner is asked."""
    yield f"{stack.name} goes, with its functions, queues, topics, alarms, logs and the secret that holds the key."
    watched = _watched(stack)
    if watched:
        yield f"{watched} paid edits are being watched at this moment: their pictures will be LOST."
    fate = "goes WITH ALL THAT IS IN IT" if empty else "stays with all that is in it"
    yield from (f"s3://{bucket} {fate}." for bucket in buckets)
    fate = "goes" if table else "stays"
    yield f"The table {records} {fate}: the record of what was bought; without it all can be bought again."


def _watched(stack: OperatorStack) -> int:
    try:
        listed = aws.stepfunctions().list_executions(
            stateMachineArn=stack.resource("EditWorkflow"), statusFilter="RUNNING", maxResults=1000
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "StateMachineDoesNotExist":  # an earlier try came as far as this
            return 0
        raise
    return len(listed["executions"])


def _agreed(name: str, confirmed: str | None, out: Output) -> bool:
    if confirmed is None and not sys.stdin.isatty():
        out.say(f"There is no terminal to ask at. YES={name} (--yes {name}) answers beforehand.")
        return False
    try:
        typed = confirmed or typer.prompt(f"Type {name} to delete it", err=True)
    except typer.Abort:
        return False
    if typed != name:
        out.say(f"{typed} is not {name}.")
    return bool(typed == name)


def _delete(name: str) -> None:
    """Raises CliError with CloudFormation's own reason."""
    client = cloudformation()
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    client.delete_stack(StackName=name)
    try:
        client.get_waiter("stack_delete_complete").wait(
            StackName=stack["StackId"], WaiterConfig={"Delay": _LOOK_SECONDS, "MaxAttempts": _LOOKS}
        )
    except WaiterError as error:
        events = client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}"
            for event in events
            if event["ResourceStatus"] == "DELETE_FAILED"
        ]
        raise CliError(f"{name} could not be deleted: {'; '.join(reasons[:3]) or error}") from error


def delete_bucket(bucket: str) -> int:
    """Every version of every object, then the bucket; how many versions there were. Raises CliError."""
    s3, count = aws.s3(), 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        versions: Any = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]
        if versions:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise CliError(f"s3://{bucket}/{first.get('Key')} could not be deleted: {first.get('Message')}")
            count += len(versions)
    s3.delete_bucket(Bucket=bucket)
    return count


def delete_table(table: str) -> None:
    """Its protection first. DynamoDB keeps a last backup of it for 35 days."""
    dynamodb = aws.dynamodb()
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 3, "MaxAttempts": 100})
    dynamodb.delete_table(TableName=table)
