"""Events in a DynamoDB table: claimed before the work, and recorded as done after it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from depthdrop_webhook import CloudEvent, UnavailableError

from .receiver import Work

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LEASE_SECONDS = 120  # longer than the function's timeout: an expired claim has no worker
_KEEP_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class DynamodbInbox:
    table: str
    client: "DynamoDBClient"
    clock: Callable[[], float] = time.time

    def take(self, event: CloudEvent, work: Work) -> bool:
        if not self._claim(event):
            return False
        try:
            work(event)
        except BaseException:
            self.client.delete_item(TableName=self.table, Key={"id": {"S": event["id"]}})
            raise
        self.client.update_item(
            TableName=self.table,
            Key={"id": {"S": event["id"]}},
            UpdateExpression="SET done = :done REMOVE busy_until",
            ExpressionAttributeValues={":done": {"BOOL": True}},
        )
        return True

    def _claim(self, event: CloudEvent) -> bool:
        """Whether the event is new. Raises UnavailableError while another invocation works on it."""
        now = int(self.clock())
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    "id": {"S": event["id"]},
                    "event": {"S": json.dumps(event)},
                    "busy_until": {"N": str(now + _LEASE_SECONDS)},
                    "expires": {"N": str(now + _KEEP_SECONDS)},
                },
                ConditionExpression="attribute_not_exists(id) OR busy_until < :now",
                ExpressionAttributeValues={":now": {"N": str(now)}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            if "done" in cast("dict[str, object]", error.response.get("Item", {})):
                return False
            raise UnavailableError("The event is being handled; deliver it again.") from None
        return True
