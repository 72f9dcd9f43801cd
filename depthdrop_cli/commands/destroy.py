"""`depthdrop destroy`: deletes a stack. What it was paid for stays, unless it is told to take that too."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import typer
from botocore.exceptions import ClientError, WaiterError

from depthdrop import aws
from depthdrop_cli.stack import leftovers
from depthdrop_cli.stack.stacks import OperatorStack, cloudformation
from depthdrop_cli.terminal.errors import CliError, Exit
from depthdrop_cli.terminal.output import Output

_LOOK_SECONDS, _LOOKS = 3, 600


@dataclass(frozen=True, slots=True)
class Wish:
    """`confirmed` is the stack's name, said beforehand."""

    confirmed: str | None
    empty: bool
    table: bool


def destroy(stack: OperatorStack, out: Output, wish: Wish) -> Exit:
    found = leftovers.of(stack)
    for line in _told(stack, found, wish):
        out.say(line)
    if not _agreed(stack.name, wish.confirmed, out):
        out.say("Nothing was deleted.")
        return Exit.NOT_SO
    _delete(stack.name)
    out.say(f"The stack {stack.name} is gone.")
    buckets = found.buckets if wish.empty else ()
    for bucket in buckets:
        out.say(f"s3://{bucket}: {leftovers.delete_bucket(bucket)} versions deleted, and the bucket.")
    if wish.table:
        leftovers.delete_table(found.table)
        out.say(f"The table {found.table} is deleted.")
    kept = found.without(buckets, table=wish.table)
    for line in kept.how_to_remove():
        out.say(line)
    data = {"stack": stack.name, "deleted": True, "kept_buckets": list(kept.buckets), "kept_table": kept.table}
    out.answer(data, lambda _: None)
    return Exit.DONE


def _told(stack: OperatorStack, found: leftovers.Leftovers, wish: Wish) -> Iterator[str]:
    """What will be gone and what will not, before anybody is asked."""
    yield f"{stack.name} goes, with its functions, queues, topics, alarms, logs and the secret that holds the key."
    watched = _watched(stack)
    if watched:
        yield f"{watched} paid edits are being watched at this moment: their pictures will be LOST."
    for bucket in found.buckets:
        fate = "goes WITH ALL THAT IS IN IT" if wish.empty else "stays with all that is in it"
        yield f"s3://{bucket} {fate}."
    fate = "goes" if wish.table else "stays"
    yield f"The table {found.table} {fate}: the record of what was bought; without it all can be bought again."


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
    typed = confirmed
    if typed is None:
        try:
            typed = typer.prompt(f"Type {name} to delete it", err=True)
        except typer.Abort:
            return False
    if typed != name:
        out.say(f"{typed} is not {name}.")
    return typed == name


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
