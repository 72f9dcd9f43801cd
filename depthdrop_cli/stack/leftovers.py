"""What the template keeps when its stack goes: the buckets that it made, and the table. How each is deleted."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_BUCKETS = ("InboxBucket", "OutboxBucket")  # of buckets that were there before, the stack has neither


@dataclass(frozen=True, slots=True)
class Leftovers:
    buckets: tuple[str, ...]
    table: str | None

    def without(self, buckets: Collection[str], *, table: bool) -> "Leftovers":
        kept = tuple(bucket for bucket in self.buckets if bucket not in buckets)
        return replace(self, buckets=kept, table=None if table else self.table)

    def how_to_remove(self) -> Iterator[str]:
        """For people; the stack that knew these names is gone."""
        for bucket in self.buckets:
            yield f"Kept: s3://{bucket}. Empty it in the S3 console, versions too, to delete it."
        if self.table is not None:
            yield (
                f"Kept: the table {self.table}. To delete it: aws dynamodb update-table --table-name {self.table} "
                f"--no-deletion-protection-enabled && aws dynamodb delete-table --table-name {self.table}"
            )


def of(stack: OperatorStack) -> Leftovers:
    made = tuple(stack.resources[logical] for logical in _BUCKETS if logical in stack.resources)
    return Leftovers(made, stack.resource("Edits"))


def delete_bucket(bucket: str) -> int:
    """Every version of every object, then the bucket; how many versions there were. Raises CliError."""
    s3, count = aws.s3(), 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        versions: list[ObjectIdentifierTypeDef] = [
            {"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed
        ]
        if versions:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise CliError(f"s3://{bucket}/{first.get('Key')} could not be deleted: {first.get('Message')}")
            count += len(versions)
    s3.delete_bucket(Bucket=bucket)
    return count


def delete_table(table: str | None) -> None:
    """Its protection first. DynamoDB keeps a last backup of it for 35 days."""
    if table is None:
        return
    dynamodb = aws.dynamodb()
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 3, "MaxAttempts": 100})
    dynamodb.delete_table(TableName=table)
