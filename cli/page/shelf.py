"""One page of cards, the latest first, and the sums over all edits, in one pass over the table.

The table has no order by time, and an index for one would be paid for by those who never open the page. So a page
reads the table once; only the cards of that page are kept in memory, however many edits there are.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cli.errors import UsageError
from cli.ledger import account
from cli.page.cards import Card, drop_card, edit_card, file_card, group_of
from cli.stacks import OperatorStack
from depthdrop.drops import pk_of as drop_pk
from depthdrop.edits import State
from depthdrop.edits import pk_of as edit_pk
from depthdrop.table import Item, from_item, to_item

SIZE = 60
_FOLDERS_MAX = 200  # offered to choose from; any other can be asked for by its address
_BATCH = 100  # what DynamoDB gives in one answer
_KINDS = ("edit#", "drop#", "file#")
_ATTRIBUTES = (
    *("pk", "state", "image_key", "created_at", "edit_id", "drop_id", "model", "usd", "spend_state"),
    *("refusal", "open", "told", "half_modified"),
)
_CURSOR = re.compile(r"(\d{1,12})\.(.{1,1200})", re.DOTALL)

Place = tuple[int, str]  # when it was made, and its key in the table: in this order there are no two alike


@dataclass(frozen=True, slots=True)
class Wanted:
    """`folder` without slashes at its ends; `before` is where the page before ended."""

    group: str | None = None
    folder: str | None = None
    before: Place | None = None

    def takes(self, card: Card) -> bool:
        return self.group in {None, card.group} and is_below(card.key, self.folder)


@dataclass(frozen=True, slots=True)
class Sums:
    """The ledger in one line."""

    edits: int
    charged: Decimal
    unknown: Decimal
    waste: Decimal


@dataclass(slots=True)
class Leaf:
    cards: list[Card]
    older: str | None
    sums: Sums
    folders: list[str] = field(default_factory=list)


def leaf(stack: OperatorStack, wanted: Wanted, size: int = SIZE) -> Leaf:
    latest: list[Place] = []
    folders: set[str] = set()

    def edits() -> Iterator[Item]:
        """Every edit goes on to the ledger; on the way the latest of what is wanted are kept."""
        for item in _entries(stack):
            key = _key(item)
            if len(folders) < _FOLDERS_MAX and "/" in key:
                folders.add(key.rpartition("/")[0])
            place = (_made(item), item["pk"])
            is_older = wanted.before is None or place < wanted.before
            if is_older and wanted.group in {None, _group(item)} and is_below(key, wanted.folder):
                (heapq.heappush if len(latest) <= size else heapq.heappushpop)(latest, place)
            if item["pk"].startswith("edit#"):
                yield item

    sums = sums_of(account(edits(), None))
    places = sorted(latest, reverse=True)
    more = len(places) > size
    return Leaf(
        cards=cards_of(stack, [pk for _, pk in places[:size]]),
        older=cursor(places[size - 1]) if more else None,
        sums=sums,
        folders=sorted(folders),
    )


def totals(stack: OperatorStack) -> Sums:
    return sums_of(account((item for item in _entries(stack) if item["pk"].startswith("edit#")), None))


def sums_of(ledger: dict[str, Any]) -> Sums:
    charged, unknown = ledger["charged"], ledger["unknown"]
    waste = sum((one["usd"] for one in ledger["waste"].values()), Decimal(0))
    return Sums(charged["count"] + unknown["count"], charged["usd"], unknown["usd"], waste)


def cards_of(stack: OperatorStack, pks: Iterable[str]) -> list[Card]:
    """In this order; of records that are gone meanwhile there is none."""
    asked = list(pks)
    found = records(stack, asked)
    drops = records(stack, beginnings(found.values()))
    cards = (card_of(found[pk], drops) for pk in asked if pk in found)
    return [card for card in cards if card is not None]


def beginnings(items: Iterable[Item]) -> list[str]:
    """The drops that tell why edits rest."""
    return [drop_pk(item["drop_id"]) for item in items if item.get("state") == State.RELEASED]


def card_of(item: Item, drops: dict[str, Item]) -> Card | None:
    if item["pk"].startswith("edit#"):
        return edit_card(item, drops.get(drop_pk(item["drop_id"])))
    return drop_card(item) if item["pk"].startswith("drop#") else file_card(item)


def records(stack: OperatorStack, pks: Iterable[str]) -> dict[str, Item]:
    asked = sorted(set(pks))
    table = stack.submit.edits.table
    found: dict[str, Item] = {}
    for start in range(0, len(asked), _BATCH):
        found |= table.get_many(asked[start : start + _BATCH], consistent=True)
    return found


def cursor(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def place_from(text: str) -> Place:
    """Raises UsageError for what is no cursor of ours."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise UsageError("There is no such page; begin with the first one.")
    return int(found[1]), found[2]


def is_below(key: str, folder: str | None) -> bool:
    return not folder or key.startswith(f"{folder}/")


def _entries(stack: OperatorStack) -> Iterator[Item]:
    """What has a card, with as much of it as order, filter and ledger need; one answer in memory at a time."""
    table = stack.submit.edits.table
    pages = table.client.get_paginator("scan").paginate(
        TableName=table.name,
        FilterExpression=(
            "begins_with(#pk, :edit)"
            " OR attribute_exists(#open) OR attribute_exists(#refusal) OR attribute_exists(#told)"
        ),
        ProjectionExpression=", ".join(f"#{name}" for name in _ATTRIBUTES),
        ExpressionAttributeNames={f"#{name}": name for name in _ATTRIBUTES},
        ExpressionAttributeValues=to_item({":edit": "edit#"}),
    )
    for page in pages:
        items = (from_item(item) for item in page["Items"])
        yield from _without_edits_drops(stack, [item for item in items if item["pk"].startswith(_KINDS)])


def _without_edits_drops(stack: OperatorStack, items: list[Item]) -> Iterator[Item]:
    """A drop whose edit exists is told by the edit, unless it was refused."""
    names = {item["pk"]: edit_pk(item["edit_id"]) for item in items if _may_have_edit(item)}
    edits = records(stack, names.values())
    return (item for item in items if names.get(item["pk"]) not in edits)


def _may_have_edit(item: Item) -> bool:
    return item["pk"].startswith("drop#") and "refusal" not in item and "edit_id" in item


def _key(item: Item) -> str:
    key: str = item["image_key"] if "image_key" in item else item["pk"].removeprefix("file#")
    return key


def _made(item: Item) -> int:
    return int(item["created_at"] if "created_at" in item else item.get("half_modified", 0))


def _group(item: Item) -> str:
    match item["pk"].partition("#")[0]:
        case "edit":
            return group_of(item["state"].lower())
        case "drop":
            return "refused" if "refusal" in item else group_of("seen")
        case _:
            return group_of("waiting" if item.get("open") == "half" else "unpaired")
