"""How records are written to and read from the one table: item forms, conditions, the index of open records.

Keys are `edit#…`, `drop#…`, `file#…`, `slot#…`, `circuit#…`, `latency#…` and `budget#…`. Records that sweep
must still look at have `open` and `look_at` (seconds since the epoch) and so are on the sparse index; closing one
takes it off. Edits, drops and unpaired files also have `listed` beside `created_at`, and so are on an index by
time, for people alone: no function reads it.
"""

import random
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, Rounded
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

OPEN_INDEX = "open"
LISTED_INDEX = "listed"
LISTED = "all"  # the one value of `listed`: everything is in one order
KEPT_SECONDS = 400 * 24 * 3600  # of closed records; an execution's name, for one, is taken for 90 days
_EXACT = Context(prec=38, traps=[Inexact, Rounded])  # DynamoDB keeps 38 digits, and rounds in silence
_NAMES = re.compile(r"#(\w+)")
# Of a transaction and another write of the same record at the same moment, one is turned away and may try again.
_CONFLICTS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_CONFLICT_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)  # seconds, half to all of it

Values = Mapping[str, object]
_NO_VALUES: Values = MappingProxyType({})
Item = dict[str, Any]  # a record of whatever kind; types.py has one for each, which those who read it give back
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class NotWritten(Generic[R]):
    """A conditional write that did not hold; `found` is the record that was there, None if there was none."""

    found: R | None


@dataclass(frozen=True, slots=True)
class Change:
    """One record's part in a write of several: what `Table.update` takes, and numbers to add."""

    pk: str
    sets: Values
    condition: str = ""
    values: Values = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, Decimal] = field(default_factory=dict)


def to_item(values: Values) -> dict[str, Any]:
    return {name: to_attribute(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Item:
    return {name: from_attribute(value) for name, value in item.items()}


@dataclass(frozen=True, slots=True)
class Table:
    """The edits table. Every write may have a condition and returns the record that did not meet it."""

    name: str
    client: "DynamoDBClient"

    def get(self, pk: str) -> Item | None:
        found = self.client.get_item(TableName=self.name, Key={"pk": {"S": pk}}, ConsistentRead=True)
        return from_item(found["Item"]) if "Item" in found else None

    def put(self, item: Values, condition: str, values: Values = _NO_VALUES) -> NotWritten[Item] | None:
        """Put if the condition holds; None means it was written. `#name` in a condition is the attribute `name`."""
        return self._write(self.client.put_item, Item=to_item(item), **self._given(condition, values))

    def update(
        self, pk: str, sets: Values, condition: str, values: Values = _NO_VALUES, remove: tuple[str, ...] = ()
    ) -> NotWritten[Item] | None:
        """Set attributes (None values are left alone) and remove others, if the condition holds."""
        return self.change(Change(pk, sets, condition, values, remove))

    def change(self, change: Change) -> NotWritten[Item] | None:
        """Change one record if its condition holds; None means it was written."""
        return self._write(self.client.update_item, **self._part(change))

    def together(self, token: str, *changes: Change) -> list[NotWritten[Item] | None] | None:
        """Write all of these records or none; None means they were written, else why each was not.

        Written once for a token, of at most 36 characters, within ten minutes.
        """
        writes: Any = [{"Update": self._part(change)} for change in changes]
        try:
            _patiently(lambda: self.client.transact_write_items(TransactItems=writes, ClientRequestToken=token))
        except ClientError as error:
            reasons = _reasons(error)
            if "ConditionalCheckFailed" not in {reason["Code"] for reason in reasons}:
                raise
            return [
                _not_written(reason) if reason["Code"] == "ConditionalCheckFailed" else None for reason in reasons
            ]
        return None

    def delete(self, pk: str, condition: str, values: Values = _NO_VALUES) -> NotWritten[Item] | None:
        given = self._given(condition, values)
        return self._write(self.client.delete_item, Key={"pk": {"S": pk}}, **given)

    def get_many(self, pks: list[str], *, consistent: bool = False, only: Collection[str] = ()) -> dict[str, Item]:
        """The records among these that exist, by key; at most 100. Eventually consistent unless asked for.

        `only`: these attributes, `pk` among them, of records that hold a lot; the table may answer with more.
        What a busy table leaves out of its answer counts as missing, unless `consistent`: then it is read alone.
        """
        keys = [{"pk": {"S": pk}} for pk in pks]
        asked: KeysAndAttributesTypeDef = {"Keys": keys, "ConsistentRead": consistent}
        if only:
            asked["ProjectionExpression"] = ", ".join(f"#{name}" for name in only)
            asked["ExpressionAttributeNames"] = {f"#{name}": name for name in only}
        answer = self.client.batch_get_item(RequestItems={self.name: asked})
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

    def _write(self, call: Callable[..., object], **arguments: object) -> NotWritten[Item] | None:
        try:
            _patiently(lambda: call(**arguments))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return _not_written(error.response)
        return None

    def _part(self, change: Change) -> dict[str, Any]:
        expression, sets = _update_of(change)
        given = self._given(change.condition, {**sets, **change.values}, expression)
        return {"Key": {"pk": {"S": change.pk}}, "UpdateExpression": expression, **given}

    def _given(self, condition: str, values: Values, expression: str = "") -> dict[str, Any]:
        """What every write says: the table, its condition if it has one, and the names and values in its texts."""
        given: dict[str, Any] = {"TableName": self.name}
        if condition:
            given["ConditionExpression"] = condition
            given["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if names := {f"#{name}": name for name in _NAMES.findall(f"{expression} {condition}")}:
            given["ExpressionAttributeNames"] = names
        if values:
            given["ExpressionAttributeValues"] = to_item(values)
        return given


def _not_written(answer: Mapping[str, Any]) -> NotWritten[Item]:
    return NotWritten(from_item(answer["Item"]) if answer.get("Item") else None)


def _update_of(change: Change) -> tuple[str, dict[str, object]]:
    """The update expression, and the values that it names."""
    sets = {name: value for name, value in change.sets.items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :set_{name}" for name in sets],
        "REMOVE": [f"#{name}" for name in change.remove],
        "ADD": [f"#{name} :add_{name}" for name in change.add],
    }
    expression = " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items() if parts)
    values = {f":set_{name}": value for name, value in sets.items()}
    return expression, values | {f":add_{name}": value for name, value in change.add.items()}


def _patiently(write: Callable[[], object]) -> None:
    for pause in _CONFLICT_PAUSES:
        try:
            write()
        except ClientError as error:
            if not _only_a_conflict(error):
                raise
        else:
            return
        time.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311  # spreads retries, guards nothing
    write()


def _only_a_conflict(error: ClientError) -> bool:
    codes = {reason["Code"] for reason in _reasons(error)} - {"None"}
    return error.response["Error"]["Code"] == "TransactionConflictException" or set() < codes <= _CONFLICTS


def _reasons(error: ClientError) -> list[dict[str, Any]]:
    """Why each part of a transaction was not written; empty for every other trouble."""
    found: Any = error.response
    reasons: list[dict[str, Any]] = found.get("CancellationReasons", [])
    return reasons


# DynamoDB's form of values, for the kinds that records hold. boto3 has this too, and its import costs 40 ms.


def to_attribute(value: object) -> dict[str, Any]:
    """Raises TypeError for what no record holds (a float, above all) and ArithmeticError for too many digits."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": str(_EXACT.create_decimal(value))}
        case list() | tuple():
            return {"L": [to_attribute(one) for one in value]}
        case Mapping():
            return {"M": {name: to_attribute(one) for name, one in value.items()}}
        case _:
            raise TypeError(f"a record holds no {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """Whole numbers come back as int; fractions stay Decimal, they are money. Raises TypeError for other kinds."""
    [(kind, value)] = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else number
        case "NULL":
            return None
        case "L":
            return [from_attribute(one) for one in value]
        case "M":
            return {name: from_attribute(one) for name, one in value.items()}
        case _:
            raise TypeError(f"a record holds no {kind}")
