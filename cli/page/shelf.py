"""One page of cards, the latest first.

Edits, drops and halves stand on an index by time, so that a page costs by what it looks at, and not by what there
ever was. A drop stands there until its edit does, but may for longer: then it is left out here, and a filter leaves
out more. So a page ends when it is full or when it has looked at enough, and the next goes on from there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from cli.entries import is_left
from cli.errors import UsageError
from cli.page.cards import Card, drop_card, edit_card, file_card
from cli.stacks import OperatorStack
from depthdrop.drops import pk_of as drop_pk
from depthdrop.edits import State
from depthdrop.edits import pk_of as edit_pk
from depthdrop.table import LISTED, LISTED_INDEX, Item, from_item, to_item

SIZE = 60
LOOKED_AT_MAX = 1200  # records for one page; at 25 ms for a hundred that is half a second
_BATCH = 100  # what DynamoDB gives in one answer
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
class Leaf:
    cards: list[Card]
    older: str | None


def leaf(stack: OperatorStack, wanted: Wanted, size: int = SIZE, most: int = LOOKED_AT_MAX) -> Leaf:
    """At most `size` cards among at most about `most` records, and where to go on if there may be more."""
    found: list[Card] = []
    looked_at, last = 0, None
    for places in _batches(_places(stack, wanted.before), size + 1):
        cards = cards_of(stack, records(stack, [pk for _, pk in places]))
        for place in places:
            if len(found) == size or looked_at >= most:
                return Leaf(found, cursor(last or place))
            looked_at, last = looked_at + 1, place
            card = cards.get(place[1])
            if card is not None and wanted.takes(card):
                found.append(card)
    return Leaf(found, None)


def _places(stack: OperatorStack, before: Place | None) -> Iterator[Place]:
    """The latest first; those of the same second by their keys, whatever order the index has them in."""
    for _, same_second in groupby(_index(stack, before), key=lambda place: place[0]):
        for place in sorted(same_second, reverse=True):
            if before is None or place < before:
                yield place


def _index(stack: OperatorStack, before: Place | None) -> Iterator[Place]:
    table = stack.submit.edits.table
    until = {} if before is None else {":until": before[0]}
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName=LISTED_INDEX,
        KeyConditionExpression="listed = :all" + (" AND created_at <= :until" if until else ""),
        ExpressionAttributeValues=to_item({":all": LISTED, **until}),
        ScanIndexForward=False,
        PaginationConfig={"PageSize": _BATCH},
    )
    for page in pages:
        for item in map(from_item, page["Items"]):
            yield int(item["created_at"]), item["pk"]


def _batches(places: Iterator[Place], count: int) -> Iterator[list[Place]]:
    batch: list[Place] = []
    for place in places:
        batch.append(place)
        if len(batch) == count:
            yield batch
            batch = []
    if batch:
        yield batch


def cards_of(stack: OperatorStack, found: dict[str, Item]) -> dict[str, Card]:
    """By key, of these records and of the edits that they lead to.

    There is none of a drop that is told by its edit, of an edit that its drop has left, or of a file that waits for
    nothing.
    """
    found = found | records(
        stack, {edit_pk(item["edit_id"]) for item in found.values() if leads_on(item)} - {*found}
    )
    resting = [item for item in found.values() if item.get("state") == State.RELEASED]
    drops = found | records(stack, {drop_pk(item["drop_id"]) for item in resting} - {*found})
    left = {item["pk"] for item in resting if is_left(item, drops.get(drop_pk(item["drop_id"])))}
    shown = {pk: item for pk, item in found.items() if pk not in left}
    cards = {
        pk: _card_of(item, drops)
        for pk, item in shown.items()
        if not (leads_on(item) and edit_pk(item["edit_id"]) in shown)
    }
    return {pk: card for pk, card in cards.items() if card is not None}


def leads_on(item: Item) -> bool:
    """A drop that is told by its edit, as soon as there is one."""
    return item["pk"].startswith("drop#") and "refusal" not in item and "edit_id" in item


def _card_of(item: Item, drops: dict[str, Item]) -> Card | None:
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
