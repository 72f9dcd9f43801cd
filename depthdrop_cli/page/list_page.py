"""One page of cards, the latest first.

Edits, drops and halves stand on an index by time, so that a page costs by what it looks at, and not by what there
ever was. A drop stands there until its edit does, but may for longer: then it is left out here, and a filter leaves
out more. So a page ends where the next card would not fit or when it has looked at enough, and the next one goes on
from there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from botocore.exceptions import ClientError

from depthdrop.records.table import LISTED, LISTED_INDEX, from_item, to_item
from depthdrop_cli.page.cards import Card
from depthdrop_cli.page.from_records import cards_of, records
from depthdrop_cli.reading.entries import is_below
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError, UsageError

SIZE = 60
LOOKED_AT_MAX = 1200  # records for one page; at 25 ms for a hundred that is half a second
_CURSOR = re.compile(r"(\d{1,12})\.(.{1,1200})", re.DOTALL)

Place = tuple[int, str]  # when it was made, and its key in the table: in this order there are no two alike


class NoListError(CliError):
    """The stack was deployed before there was a list."""


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
    candidates = _places(stack, wanted.before, size + 2)  # one more to show, and one of another second after it
    while places := list(islice(candidates, size + 1)):
        cards = cards_of(stack, records(stack, [pk for _, pk in places]))
        for place in places:
            if looked_at >= most:
                return Leaf(found, cursor(last or place))
            card = cards.get(place[1])
            if card is not None and wanted.takes(card):
                if len(found) == size:  # there is one more: no link leads to an empty page
                    return Leaf(found, cursor(last or place))
                found.append(card)
            looked_at, last = looked_at + 1, place
    return Leaf(found, None)


def _places(stack: OperatorStack, before: Place | None, at_once: int) -> Iterator[Place]:
    """The latest first, so many in one answer; those of the same second by their keys, not by the index's order."""
    for _, same_second in groupby(_index(stack, before, at_once), key=lambda place: place[0]):
        for place in sorted(same_second, reverse=True):
            if before is None or place < before:
                yield place


def _index(stack: OperatorStack, before: Place | None, at_once: int) -> Iterator[Place]:
    table = stack.submit.edits.table
    until = {} if before is None else {":until": before[0]}
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName=LISTED_INDEX,
        KeyConditionExpression="listed = :all" + (" AND created_at <= :until" if until else ""),
        ExpressionAttributeValues=to_item({":all": LISTED, **until}),
        ScanIndexForward=False,
        PaginationConfig={"PageSize": at_once},
    )
    try:
        for page in pages:
            for item in map(from_item, page["Items"]):
                yield int(item["created_at"]), item["pk"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        raise NoListError(
            f"The table of {stack.name} has no list by time: it is of an earlier version. Deploy this one,"
            " or use depthdrop list."
        ) from error


def cursor(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def place_from(text: str) -> Place:
    """Raises UsageError for what is no cursor of ours."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise UsageError("There is no such page; begin with the first one.")
    return int(found[1]), found[2]
