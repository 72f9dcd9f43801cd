"""What was spent, and which folders there are: counted over the whole table, beside the page and not before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from depthdrop.records.table import from_item, to_item
from depthdrop_cli.commands.ledger import account
from depthdrop_cli.stack.stacks import OperatorStack

_FOLDERS_MAX = 200  # offered to choose from; any other can be asked for by its address
_ATTRIBUTES = ("pk", "state", "image_key", "model", "usd", "spend_state", "listed")


@dataclass(frozen=True, slots=True)
class Counted:
    """The ledger in one line. `unlisted` edits were made by a version that kept no list."""

    edits: int
    charged: Decimal
    unknown: Decimal
    waste: Decimal
    unlisted: int
    folders: tuple[str, ...]


def count(stack: OperatorStack) -> Counted:
    """Reads the whole table; one answer of it is in memory at a time."""
    folders: set[str] = set()
    unlisted = 0

    def edits() -> Iterator[Any]:
        nonlocal unlisted
        for item in _edits(stack):
            unlisted += "listed" not in item
            if len(folders) < _FOLDERS_MAX and "/" in item["image_key"]:
                folders.add(item["image_key"].rpartition("/")[0])
            yield item

    ledger = account(edits(), None)
    charged, unknown = ledger["charged"], ledger["unknown"]
    waste = sum((one["usd"] for one in ledger["waste"].values()), Decimal(0))
    edits_paid = charged["count"] + unknown["count"]
    return Counted(edits_paid, charged["usd"], unknown["usd"], waste, unlisted, tuple(sorted(folders)))


def _edits(stack: OperatorStack) -> Iterator[Any]:
    table = stack.submit.edits.table
    pages = table.client.get_paginator("scan").paginate(
        TableName=table.name,
        FilterExpression="begins_with(#pk, :edit)",
        ProjectionExpression=", ".join(f"#{name}" for name in _ATTRIBUTES),
        ExpressionAttributeNames={f"#{name}": name for name in _ATTRIBUTES},
        ExpressionAttributeValues=to_item({":edit": "edit#"}),
    )
    for page in pages:
        yield from map(from_item, page["Items"])
