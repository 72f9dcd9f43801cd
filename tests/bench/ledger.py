"""What AWS calls are billed as: requests, and DynamoDB's units as its developer guide counts them.

Sources: "DynamoDB item sizes and formats", "Read and write operations", "Provisioned throughput considerations for
global secondary indexes".
"""

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.support.template_names import table_properties

Item = Mapping[str, Any]

_WRITE_BYTES, _READ_BYTES = 1024, 4096
_MESSAGE_BYTES = 64 * 1024  # SQS and SNS bill each begun
_S3 = {
    "ListObjectsV2": "s3_write",
    "PutObject": "s3_write",
    "GetObject": "s3_read",
    "HeadObject": "s3_read",
    "DeleteObject": "free",
}
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})


class Ledger:
    """`usage` counts what is billed, `calls` how often each service was waited for."""

    def __init__(self) -> None:
        self.usage: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Every call of every client is entered."""
        make: Callable[..., Any] = vars(BaseClient)["_make_api_call"]

        def call(client: Any, name: str, arguments: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            self.calls[service] += 1
            if service == "dynamodb":
                return self._dynamodb(lambda *asked: make(client, *asked), name, arguments)
            self.usage.update(_requests(service, name, arguments))
            return make(client, name, arguments)

        with patch.object(BaseClient, "_make_api_call", call):
            yield

    def _dynamodb(self, make: Callable[[str, dict[str, Any]], Any], name: str, arguments: dict[str, Any]) -> Any:
        if name not in _WRITES:
            answer = make(name, arguments)
            self.usage["read_units"] += _read_units(name, arguments, answer)  # type: ignore[assignment]  # 0.5 of an eventually consistent read
            return answer
        key = arguments.get("Key") or {"pk": arguments["Item"]["pk"]}
        look = {"TableName": arguments["TableName"], "Key": key, "ConsistentRead": True}
        before = make("GetItem", look).get("Item")
        try:
            return make(name, arguments)
        finally:  # a condition that does not hold is billed like a write that changes nothing
            self.usage["write_units"] += write_units(before, make("GetItem", look).get("Item"))


def size(item: Item) -> int:
    """Bytes of an item, or of a part of one."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(before: Item | None, after: Item | None) -> int:
    """Of the table by the larger item; of each index for each entry that goes, comes or changes."""
    whole = _units(max(size(before or {}), size(after or {})), _WRITE_BYTES)
    return whole + sum(_index_units(index, before, after) for index in table_properties()["GlobalSecondaryIndexes"])


def _index_units(index: Mapping[str, Any], before: Item | None, after: Item | None) -> int:
    old, new = _entry(index, before), _entry(index, after)
    if old == new:
        return 0
    if old is not None and new is not None and _key_of(index, old) == _key_of(index, new):
        return _units(max(size(old), size(new)), _WRITE_BYTES)
    return sum(_units(size(entry), _WRITE_BYTES) for entry in (old, new) if entry is not None)


def _read_units(name: str, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    if name == "GetItem":
        share = 1.0 if arguments.get("ConsistentRead") else 0.5
        return share * _units(size(answer.get("Item", {})), _READ_BYTES)
    if name == "Query":  # of the index, so eventually consistent; together, however many
        return 0.5 * _units(sum(size(item) for item in answer["Items"]), _READ_BYTES)
    if name == "BatchGetItem":
        return sum(
            (1.0 if wanted.get("ConsistentRead") else 0.5)
            * (
                sum(_units(size(item), _READ_BYTES) for item in answer["Responses"].get(table, []))
                + len(wanted["Keys"])
                - len(answer["Responses"].get(table, []))
            )
            for table, wanted in arguments["RequestItems"].items()
        )
    raise KeyError(name)


def _requests(service: str, name: str, arguments: Mapping[str, Any]) -> dict[str, int]:
    """Raises KeyError for a call whose price is not known here."""
    if service == "s3":
        return {_S3[name]: 1}
    if service == "stepfunctions":
        return {}  # its transitions are counted in the definition
    known = {("sqs", "SendMessage"): "sqs", ("sqs", "ChangeMessageVisibility"): "sqs", ("sns", "Publish"): "sns"}
    if service == "secretsmanager":
        return {"secret": 1}
    body = str(arguments.get("MessageBody", arguments.get("Message", "")))
    found = {known[service, name]: _units(len(body.encode()), _MESSAGE_BYTES)}
    return {**found, "kms": 1} if service == "sns" else found  # SNS asks for the topic's key, at most once a notice


def _units(many_bytes: int, unit: int) -> int:
    return max(math.ceil(many_bytes / unit), 1)


def _entry(index: Mapping[str, Any], item: Item | None) -> Item | None:
    """What the index keeps of an item."""
    keys = [one["AttributeName"] for one in index["KeySchema"]]
    if item is None or any(key not in item for key in keys):
        return None
    kept = {"pk", *keys, *index["Projection"].get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in kept}


def _key_of(index: Mapping[str, Any], entry: Item) -> list[Any]:
    return [entry[one["AttributeName"]] for one in index["KeySchema"]]


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            digits = content.lstrip("-").replace(".", "").strip("0")
            return int(1 + math.ceil(len(digits) / 2) + content.startswith("-"))
        case "SS":
            return sum(len(one.encode()) for one in content)
        case "L":
            return 3 + sum(1 + _value_bytes(one) for one in content)
        case "BOOL" | "NULL":
            return 1
        case _:
            raise KeyError(kind)
