"""What AWS calls are billed as, by its developer guide's own rules."""

from typing import Any

import pytest

from depthdrop import aws
from tests.bench.ledger import Ledger, size, write_units
from tests.support.aws import INBOX, TABLE, Stack

CLOSED = {"pk": {"S": "edit#1"}, "state": {"S": "x" * 100}}
OPEN = {**CLOSED, "open": {"S": "edit"}, "look_at": {"N": "100"}}
LATER = {**OPEN, "look_at": {"N": "200"}}
NAMED = {**OPEN, "edit_id": {"S": "1"}}
LISTED = {**CLOSED, "listed": {"S": "all"}, "created_at": {"N": "100"}}
LONG = {**CLOSED, "event": {"S": "x" * 1024}}


@pytest.mark.parametrize(
    ("item", "many_bytes"),
    [
        ({"pk": {"S": "é"}}, 2 + 2),
        ({"n": {"N": "1781078400"}}, 1 + 1 + 4),  # 8 digits that count
        ({"n": {"N": "-1.5"}}, 1 + 1 + 1 + 1),
        ({"s": {"SS": ["ab", "c"]}}, 1 + 3),
        ({"l": {"L": [{"S": "a"}, {"BOOL": True}]}}, 1 + 3 + 2 + 2),
    ],
)
def test_an_items_size_is_of_its_names_and_values(item: dict[str, Any], many_bytes: int) -> None:
    assert size(item) == many_bytes


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, CLOSED, 1),
        (None, OPEN, 2),  # it comes to the index
        (OPEN, CLOSED, 2),  # and goes
        (OPEN, LATER, 3),  # its key changes: one goes, one comes
        (OPEN, NAMED, 2),  # it changes in its place
        (OPEN, {**OPEN, "state": {"S": "y"}}, 1),  # of which the index knows nothing
        (None, LISTED, 2),  # it comes to the other index
        (LISTED, {**LISTED, **OPEN}, 2),  # whose entry stays
        (None, {**LISTED, **OPEN}, 3),  # to both
        (LISTED, {**LISTED, "created_at": {"N": "200"}}, 3),
        (LONG, CLOSED, 2),  # the larger counts
        (CLOSED, None, 1),
        (None, None, 1),  # a condition that did not hold
    ],
)
def test_a_write_is_billed_for_the_table_and_for_each_change_of_the_index(
    before: dict[str, Any] | None, after: dict[str, Any] | None, units: int
) -> None:
    assert write_units(before, after) == units


def test_reads_are_billed_by_size_and_consistency(stack: Stack) -> None:  # noqa: ARG001  # the table is there
    client = aws.dynamodb()
    client.put_item(TableName=TABLE, Item={"pk": {"S": "long"}, "text": {"S": "x" * 5000}})
    keys: Any = [{"pk": {"S": "long"}}, {"pk": {"S": "none"}}]

    def used(name: str, **asked: Any) -> float:
        ledger = Ledger()
        with ledger.kept():
            getattr(client, name)(**asked)
        assert ledger.calls == {"dynamodb": 1}
        return float(ledger.usage["read_units"])

    assert used("get_item", TableName=TABLE, Key=keys[0], ConsistentRead=True) == 2
    assert used("get_item", TableName=TABLE, Key=keys[1]) == 0.5
    assert used("batch_get_item", RequestItems={TABLE: {"Keys": keys}}) == 1.5
    assert used("batch_get_item", RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}}) == 3


def test_every_call_of_a_purchase_is_entered(stack: Stack) -> None:
    key = stack.drop()
    ledger = Ledger()
    with ledger.kept():
        stack.deliver(key)

    assert ledger.usage["s3_write"] == 2  # the siblings, the presets
    assert ledger.usage["s3_read"] == 2  # the sidecar, the picture
    assert ledger.usage["secret"] == ledger.calls["stepfunctions"] == 1
    # drop 3, claim 3, slot 1, POSTING 3, its slot's lease 1, SUBMITTED 3, unparked 3
    assert ledger.usage["write_units"] == 17


def test_a_write_that_was_refused_is_billed(stack: Stack) -> None:
    ledger = Ledger()
    with ledger.kept():
        stack.table.update("edit#none", {"state": "x"}, "attribute_exists(pk)")

    assert ledger.usage == {"write_units": 1}


def test_a_call_without_a_price_is_not_overlooked(stack: Stack) -> None:  # noqa: ARG001  # the bucket is there
    with Ledger().kept(), pytest.raises(KeyError, match="ListObjectVersions"):
        aws.s3().list_object_versions(Bucket=INBOX)
