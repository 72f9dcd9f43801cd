"""One page of cards, the latest first.

Edits, drops and unpaired files are in an index by time, so that a page costs by the records it reads, not by the
table's size. A drop may stay in the index after its edit is in it, and is then left out here; filters leave out
more. So a page ends before a card that does not fit or when it has read enough records, and the next one continues
there.
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
_READ_MAX = 1200  # records for one page; at 25 ms for a hundred, with their edits, half a second
_CURSOR = re.compile(r"(\d{1,12})\.(.{1,1200})", re.DOTALL)

Place = tuple[int, str]  # created_at (epoch seconds) and the unique key in the table


@dataclass(frozen=True, slots=True)
class Wanted:
    """`folder` has no slashes at the ends; `before` is where the previous page ended."""

    group: str | None = None
    folder: str | None = None
    before: Place | None = None

    def takes(self, card: Card) -> bool:
        return self.group in {None, card.group} and is_below(card.key, self.folder)


def list_page(
    stack: OperatorStack, wanted: Wanted, size: int = _SIZE, most: int = _READ_MAX
) -> tuple[list[Card], str | None]:
    """At most `size` cards from about `most` records, and the cursor of the next page if there may be one."""
    shown: list[Card] = []
    read, last = 0, None
    candidates = _places(stack, wanted.before, size + 2)  # one more card, and one record of another second after it
    while places := list(islice(candidates, size + 1)):
        cards = cards_of(stack, records(stack, [pk for _, pk in places]))
        for place in places:
            card = cards.get(place[1])
            fits = card is not None and wanted.takes(card)
            if read >= most or (fits and len(shown) == size):  # there is more: a link never leads to an empty page
                at, pk = last or place
                return shown, f"{at}.{pk}"
            if card is not None and fits:
                shown.append(card)
            read, last = read + 1, place
    return shown, None


def _places(stack: OperatorStack, before: Place | None, at_once: int) -> Iterator[Place]:
    """Places, the latest first, `at_once` read per call. Within one second they are ordered by key."""
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
        raise CliError(
            f"The table of {stack.name} has no index by time: it is from an earlier version. Deploy this version,"
            " or use depthdrop list."
        ) from error


def place_from(cursor: str) -> Place:
    """The place of a cursor. Raises UsageError for any other text."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise UsageError("There is no such page; begin with the first one.")
    return int(found[1]), found[2]
