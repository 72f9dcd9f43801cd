"""How records are written to and read from the one table: item forms, conditions, the index of open records.

Keys are `edit#…`, `drop#…`, `file#…`, `slot#…`, `circuit#…` and `latency#…`. Records that somebody must still look
at carry `open` and `look_at` (seconds since the epoch) and so stand on the sparse index; closing one takes it off.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from depthdrop.attributes import from_attribute, to_attribute

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPEN_INDEX = "open"
KEPT_SECONDS = 400 * 24 * 3600  # of closed records; an execution's name, for one, is taken for 90 days
_NAMES = re.compile(r"#(\w+)")

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A conditional write that did not hold; `found` is what stood there, None if nothing did."""

    found: Item | None


def to_item(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: to_attribute(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Item:
    return {name: from_attribute(value) for name, value in item.items()}


@dataclass(frozen=True, slots=True)
class Table:
    """The edits table. Every write may carry a condition and reports what stood in its way."""

    name: str
    client: "DynamoDBClient"

    def get(self, pk: str) -> Item | None:
        found = self.client.get_item(TableName=self.name, Key={"pk": {"S": pk}}, ConsistentRead=True)
        return from_item(found["Item"]) if "Item" in found else None

    def put(
        self, item: Mapping[str, object], condition: str, values: Mapping[str, object] | None = None
    ) -> Refused | None:
        """Put if the condition holds; None means it was written. `#name` in a condition is the attribute `name`."""
        return self._write(self.client.put_item, condition, {}, values or {}, Item=to_item(item))

    def update(
        self,
        pk: str,
        changes: Mapping[str, object],
        condition: str,
        values: Mapping[str, object] | None = None,
        remove: tuple[str, ...] = (),
    ) -> Refused | None:
        """Set attributes (None values are left alone) and remove others, if the condition holds."""
        kept = {name: value for name, value in changes.items() if value is not None}
        expression = f"SET {', '.join(f'#{name} = :set_{name}' for name in kept)}" if kept else ""
        if remove:
            expression += f" REMOVE {', '.join(f'#{name}' for name in remove)}"
        return self._write(
            self.client.update_item,
            condition,
            {"UpdateExpression": expression.strip()},
            {**{f":set_{name}": value for name, value in kept.items()}, **(values or {})},
            Key={"pk": {"S": pk}},
        )

    def delete(self, pk: str, condition: str, values: Mapping[str, object] | None = None) -> Refused | None:
        return self._write(self.client.delete_item, condition, {}, values or {}, Key={"pk": {"S": pk}})

    def get_many(self, pks: list[str], *, consistent: bool = False) -> dict[str, Item]:
        """The records among these that exist, by key; at most 100. Eventually consistent unless asked for.

        What a busy table leaves out of its answer counts as missing, unless `consistent`: then it is read alone.
        """
        keys = [{"pk": {"S": pk}} for pk in pks]
        answer = self.client.batch_get_item(RequestItems={self.name: {"Keys": keys, "ConsistentRead": consistent}})
        found = [from_item(item) for item in answer["Responses"].get(self.name, [])]
        if consistent:
            left = answer["UnprocessedKeys"].get(self.name, {"Keys": []})["Keys"]
            found += [item for key in left if (item := self.get(key["pk"]["S"])) is not None]
        return {item["pk"]: item for item in found}

    def due(self, kind: str, now: int, limit: int) -> list[Item]:
        """Open records of this kind whose time has come, oldest first. Eventually consistent: check again."""
        found = self.client.query(
            TableName=self.name,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#open = :kind AND look_at <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":kind": kind, ":now": now}),
            Limit=limit,
        )
        return [from_item(item) for item in found["Items"]]

    def _write(
        self,
        call: Callable[..., object],
        condition: str,
        expressions: Mapping[str, str],
        values: Mapping[str, object],
        **arguments: object,
    ) -> Refused | None:
        names = {f"#{name}": name for text in (condition, *expressions.values()) for name in _NAMES.findall(text)}
        if names:
            arguments["ExpressionAttributeNames"] = names
        if values:
            arguments["ExpressionAttributeValues"] = to_item(values)
        try:
            call(
                TableName=self.name,
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **expressions,
                **arguments,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            found: Any = error.response.get("Item")
            return Refused(from_item(found) if found else None)
        return None
