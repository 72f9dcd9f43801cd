"""One page of cards, the latest first.

Edits, drops and unpaired files are on an index by time, so that a page costs by what it looks at, and not by what
there ever was. A drop is on it until its edit is, or for longer: then it is left out here, and a filter leaves out
more. So a page ends where the next card would not fit or when it has looked at enough, and the next one goes on
from there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from botocore.exceptions import ClientError

from depthdrop.records.table import LISTED, LISTED_INDEX
from depthdrop_cli.page.cards import Card, cards_of, records
from depthdrop_cli.reading.entries import is_below
from depthdrop_cli.reading.records import read_all
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError, UsageError

_SIZE = 60
_LOOKED_AT_MAX = 1200  # records for one page; at 25 ms for a hundred that is half a second
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
class ListPage:
    """`next_page` is the cursor of the page after this one, if there may be one."""

    cards: list[Card]
    next_page: str | None


def list_page(stack: OperatorStack, wanted: Wanted, size: int = _SIZE, most: int = _LOOKED_AT_MAX) -> ListPage:
    """At most `size` cards among at most about `most` records, and where to go on if there may be more."""
    found: list[Card] = []
    looked_at, last = 0, None
    candidates = _places(stack, wanted.before, size + 2)  # one more to show, and one of another second after it
    while places := list(islice(candidates, size + 1)):
        cards = cards_of(stack, records(stack, [pk for _, pk in places]))
        for place in places:
            card = cards.get(place[1])
            fits = card is not None and wanted.takes(card)
            if looked_at >= most or (fits and len(found) == size):  # there is more: no link leads to an empty page
                at, pk = last or place
                return ListPage(found, f"{at}.{pk}")
            if card is not None and fits:
                found.append(card)
            looked_at, last = looked_at + 1, place
    return ListPage(found, None)


def _places(stack: OperatorStack, before: Place | None, at_once: int) -> Iterator[Place]:
    """The latest first, so many in one answer; those of the same second by their keys, not by the index's order."""
    for _, same_second in groupby(_index(stack, before, at_once), key=lambda place: place[0]):
        for place in sorted(same_second, reverse=True):
            if before is None or place < before:
                yield place


def _index(stack: OperatorStack, before: Place | None, at_once: int) -> Iterator[Place]:
    until = {} if before is None else {":until": before[0]}
    found = read_all(
        stack,
        "query",
        {":all": LISTED, **until},
        IndexName=LISTED_INDEX,
        KeyConditionExpression="listed = :all" + (" AND created_at <= :until" if until else ""),
        ScanIndexForward=False,
        PaginationConfig={"PageSize": at_once},
    )
    try:
        yield from ((int(item["created_at"]), item["pk"]) for item in found)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        raise NoListError(
            f"The table of {stack.name} has no list by time: it is of an earlier version. Deploy this one,"
            " or use depthdrop list."
        ) from error


def place_from(cursor: str) -> Place:
    """Raises UsageError for what is no cursor of ours."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise UsageError("There is no such page; begin with the first one.")
    return int(found[1]), found[2]
