"""DynamoDB in memory: the seven calls that records/table.py makes. A test compares it with the emulator's."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from tests.protocol.schedules.expressions import changes, condition, plain

Item = dict[str, Any]
Around = Callable[[str, Callable[[], Any]], Any]
_PROJECTED = ("pk", "open", "look_at", "edit_id", "drop_id")


def straight(_name: str, call: Callable[[], Any]) -> Any:
    return call()


class Store:
    """Looks like boto3's client to the code. `around` is what every call goes through."""

    def __init__(self, around: Around = straight) -> None:
        self.items: dict[str, Item] = {}
        self.watch: Callable[[str, Item | None, Item | None], None] = lambda _pk, _before, _after: None
        self._around = around
        self._tokens: dict[str, Any] = {}  # of transactions that were written

    def get_item(self, **asked: Any) -> dict[str, Any]:
        return self._called("GetItem", self._get, asked)

    def put_item(self, **asked: Any) -> dict[str, Any]:
        return self._called("PutItem", self._put, asked)

    def update_item(self, **asked: Any) -> dict[str, Any]:
        return self._called("UpdateItem", self._update, asked)

    def delete_item(self, **asked: Any) -> dict[str, Any]:
        return self._called("DeleteItem", self._delete, asked)

    def transact_write_items(self, **asked: Any) -> dict[str, Any]:
        return self._called("TransactWriteItems", self._transact, asked)

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        return self._called("BatchGetItem", self._batch_get, asked)

    def query(self, **asked: Any) -> dict[str, Any]:
        return self._called("Query", self._query, asked)

    def _called(
        self, name: str, work: Callable[[Mapping[str, Any]], Any], asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        answer: dict[str, Any] = self._around(name, lambda: work(asked))
        return answer

    def _get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self.items.get(asked["Key"]["pk"]["S"])
        return {} if found is None else {"Item": dict(found)}

    def _batch_get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        [(name, wanted)] = asked["RequestItems"].items()
        found = [self.items.get(key["pk"]["S"]) for key in wanted["Keys"]]
        return {"Responses": {name: [dict(item) for item in found if item is not None]}, "UnprocessedKeys": {}}

    def _query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        holds = condition(asked["KeyConditionExpression"])
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        indexed = [item for item in self.items.values() if "open" in item and "look_at" in item]
        found = [item for item in indexed if holds(item, names, values)]
        found.sort(key=lambda item: plain(item["look_at"])[1])
        shown = [{name: item[name] for name in _PROJECTED if name in item} for item in found]
        return {"Items": shown[: asked["Limit"]]}

    def _put(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        pk = asked["Item"]["pk"]["S"]
        self._check(pk, asked)
        return self._write(pk, dict(asked["Item"]))

    def _update(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        pk = asked["Key"]["pk"]["S"]
        self._check(pk, asked)
        return self._write(pk, self._updated(pk, asked))

    def _transact(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Of updates only, and each of another record."""
        token, parts = asked["ClientRequestToken"], [write["Update"] for write in asked["TransactItems"]]
        if token in self._tokens:
            if self._tokens[token] != parts:
                raise ClientError({"Error": {"Code": "IdempotentParameterMismatchException"}}, "TransactWriteItems")
            return {}
        pks = [part["Key"]["pk"]["S"] for part in parts]
        reasons = [self._refusal(pk, part) or {"Code": "None"} for pk, part in zip(pks, parts, strict=True)]
        if any(reason["Code"] != "None" for reason in reasons):
            code: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(code, "TransactWriteItems")
        for pk, part in zip(pks, parts, strict=True):
            self._write(pk, self._updated(pk, part))
        self._tokens[token] = parts
        return {}

    def _updated(self, pk: str, asked: Mapping[str, Any]) -> Item:
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        wanted = changes(asked["UpdateExpression"])
        after = dict(self.items.get(pk, asked["Key"]))
        after.update({names.get(name, name): values[value] for name, value in wanted.sets})
        for name in wanted.removed:
            after.pop(names.get(name, name), None)
        for name, value in wanted.adds:
            stored = after.get(names.get(name, name), {"N": "0"})
            after[names.get(name, name)] = {"N": str(Decimal(stored["N"]) + Decimal(values[value]["N"]))}
        return after

    def _delete(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        pk = asked["Key"]["pk"]["S"]
        self._check(pk, asked)
        return self._write(pk, None)

    def _write(self, pk: str, after: Item | None) -> dict[str, Any]:
        before = self.items.get(pk)
        if after is None:
            self.items.pop(pk, None)
        else:
            self.items[pk] = after
        self.watch(pk, before, after)
        return {}

    def _check(self, pk: str, asked: Mapping[str, Any]) -> None:
        refusal = self._refusal(pk, asked)
        if refusal is not None:
            answer: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "it does not hold"}}
            raise ClientError(answer | {name: item for name, item in refusal.items() if name == "Item"}, "Write")

    def _refusal(self, pk: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The reason why this cannot be written, in the form of a transaction's error."""
        found = self.items.get(pk)
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        if "ConditionExpression" not in asked or condition(asked["ConditionExpression"])(
            found or {}, names, values
        ):
            return None
        returned = found is not None and asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Code": "ConditionalCheckFailed"} | ({"Item": dict(found or {})} if returned else {})
