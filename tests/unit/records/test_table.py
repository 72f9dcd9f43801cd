"""The table: a condition that fails returns the stored record; any other error is raised."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from depthdrop.records.table import Change, NotWritten, Table, from_item, to_item
from tests.support.aws import Stack


def test_values_come_back_as_they_were_and_none_is_left_out() -> None:
    values = {"text": "a", "whole": 3, "money": Decimal("0.06"), "flag": True, "nothing": None}

    assert from_item(to_item(values)) == {"text": "a", "whole": 3, "money": Decimal("0.06"), "flag": True}


def test_whole_numbers_come_back_as_int(stack: Stack) -> None:
    stack.table.put({"pk": "a", "n": 5}, "attribute_not_exists(pk)")
    found = stack.table.get("a")

    assert found is not None
    assert type(found["n"]) is int


def test_a_put_whose_condition_fails_changes_nothing_and_returns_the_stored_record(stack: Stack) -> None:
    stack.table.put({"pk": "a", "n": 1}, "attribute_not_exists(pk)")

    assert stack.table.put({"pk": "a", "n": 2}, "attribute_not_exists(pk)") == NotWritten({"pk": "a", "n": 1})
    assert stack.table.get("a") == {"pk": "a", "n": 1}


def test_an_update_of_nothing_is_refused_with_nothing(stack: Stack) -> None:
    assert stack.table.update("a", {"n": 1}, "attribute_exists(pk)") == NotWritten(None)
    assert stack.table.get("a") is None


def test_an_update_sets_and_removes_reserved_names_too(stack: Stack) -> None:
    stack.table.put({"pk": "a", "state": "x", "open": "edit", "token": "t"}, "attribute_not_exists(pk)")
    held = stack.table.update(
        "a", {"state": "y", "none": None}, "#token = :token", {":token": "t"}, remove=("open",)
    )

    assert held is None
    assert stack.table.get("a") == {"pk": "a", "state": "y", "token": "t"}


def test_an_update_sets_and_removes_several_at_once(stack: Stack) -> None:
    stack.table.put({"pk": "a", "c": 1, "d": 2}, "attribute_not_exists(pk)")
    stack.table.update("a", {"e": 3, "f": 4}, "attribute_exists(pk)", remove=("c", "d"))

    assert stack.table.get("a") == {"pk": "a", "e": 3, "f": 4}


def test_an_update_may_only_remove(stack: Stack) -> None:
    stack.table.put({"pk": "a", "parked": "x"}, "attribute_not_exists(pk)")
    stack.table.update("a", {}, "attribute_exists(#parked)", remove=("parked",))

    assert stack.table.get("a") == {"pk": "a"}


def test_a_delete_holds_to_its_condition(stack: Stack) -> None:
    stack.table.put({"pk": "a", "holder": "x"}, "attribute_not_exists(pk)")

    assert stack.table.delete("a", "#holder = :h", {":h": "y"}) is not None
    assert stack.table.get("a") is not None
    assert stack.table.delete("a", "#holder = :h", {":h": "x"}) is None
    assert stack.table.get("a") is None


def test_many_are_read_at_once_and_missing_ones_are_left_out(stack: Stack) -> None:
    for pk in ("a", "b"):
        stack.table.put({"pk": pk}, "attribute_not_exists(pk)")

    assert stack.table.get_many(["a", "b", "c"]) == {"a": {"pk": "a"}, "b": {"pk": "b"}}


def test_reading_many_reads_only_the_records_asked_for(stack: Stack) -> None:
    stack.table.put({"pk": "a", "state": "x", "event": "y"}, "attribute_not_exists(pk)")

    assert stack.table.get_many(["a", "b"], only=("pk", "state")) == {"a": {"pk": "a", "state": "x"}}


def test_keys_that_a_busy_table_leaves_out_are_read_one_by_one_in_a_consistent_read(stack: Stack) -> None:
    for pk in ("a", "b"):
        stack.table.put({"pk": pk}, "attribute_not_exists(pk)")
    client, asked = stack.table.client, []

    class Busy:
        def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803  # AWS names this argument
            asked.append(RequestItems[stack.table.name]["ConsistentRead"])
            first, *left = RequestItems[stack.table.name]["Keys"]
            answer = client.batch_get_item(RequestItems={stack.table.name: {"Keys": [first]}})
            return {**answer, "UnprocessedKeys": {stack.table.name: {"Keys": left}}}

        def get_item(self, **arguments: Any) -> Any:
            return client.get_item(**arguments)

    busy = Table(stack.table.name, cast("Any", Busy()))

    assert busy.get_many(["a", "b", "c"], consistent=True) == {"a": {"pk": "a"}, "b": {"pk": "b"}}
    assert busy.get_many(["a", "b", "c"]) == {"a": {"pk": "a"}}
    assert asked == [True, False]


def test_due_records_come_oldest_first_of_their_kind_only(stack: Stack) -> None:
    for pk, kind, look_at in [("a", "edit", 30), ("b", "edit", 10), ("c", "parked", 5), ("d", "edit", 31)]:
        stack.table.put({"pk": pk, "open": kind, "look_at": look_at}, "attribute_not_exists(pk)")
    stack.table.put({"pk": "closed", "look_at": 1}, "attribute_not_exists(pk)")

    assert [item["pk"] for item in stack.table.due("edit", 30, 10)] == ["b", "a"]
    assert [item["pk"] for item in stack.table.due("edit", 30, 1)] == ["b"]


def test_the_index_has_the_ids_of_edit_and_drop(stack: Stack) -> None:
    stack.table.put(
        {"pk": "a", "open": "edit", "look_at": 1, "edit_id": "e", "drop_id": "d"}, "attribute_not_exists(pk)"
    )
    [found] = stack.table.due("edit", 1, 1)

    assert (found["edit_id"], found["drop_id"]) == ("e", "d")


def test_any_other_error_is_raised(stack: Stack) -> None:
    nowhere = Table("no-such-table", stack.table.client)

    with pytest.raises(ClientError, match="ResourceNotFound"):
        nowhere.put({"pk": "a"}, "attribute_not_exists(pk)")
    with pytest.raises(ClientError):
        nowhere.update("a", {"n": 1}, "attribute_exists(pk)")


def test_a_record_is_read_in_its_current_state(stack: Stack) -> None:
    with patch.object(stack.table.client, "get_item", return_value={}) as asked:
        stack.table.get("a")

    assert asked.call_args.kwargs["ConsistentRead"] is True


def test_a_change_without_a_condition_sends_none() -> None:
    """DynamoDB refuses an empty condition; moto takes it for none."""
    sent: list[dict[str, Any]] = []
    client: Any = SimpleNamespace(update_item=lambda **arguments: sent.append(arguments))

    assert Table("edits", client).change(Change("a", {"n": 1})) is None
    assert "ConditionExpression" not in sent[0]
    assert sent[0]["UpdateExpression"] == "SET #n = :set_n"
