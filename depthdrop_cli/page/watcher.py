"""Finds changed records for all open pages: those that are open, and those that were open at the last look.

It reads only open records, from the sparse index: a look costs by what is running, not by the table's size.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from depthdrop.records.drops import OVER_BUDGET
from depthdrop.records.drops import pk_of as drop_pk
from depthdrop.records.edits import pk_of as edit_pk
from depthdrop.records.files import pk_of as file_pk
from depthdrop_cli.page.cards import Card, cards_of, has_edit, records, uploaded_card
from depthdrop_cli.reading.records import latest_drop, open_records
from depthdrop_cli.stack.stacks import OperatorStack

_KINDS = ("edit", "parked", OVER_BUDGET, "half")
_FOLLOWED_MAX = 300  # of each kind, those due first; there may be thousands of parked drops
_EXPECTED_MAX = 300
_EXPECTED_SECONDS = 900
_EXPECTED_BATCH = 8  # looked up in one look; each costs a listing
_NOTIFIED_MAX = 1000


class Watcher:
    """`look` is called by one thread at a time; `notify` and `expect` by any."""

    def __init__(self, stack: OperatorStack) -> None:
        self._stack = stack
        self._open: dict[str, Card] = {}
        self._notified: deque[str] = deque(maxlen=_NOTIFIED_MAX)
        self._expected: dict[str, int] = {}
        self._requested: set[str] = set()  # kept until read, since a look may fail

    def notify(self, event: dict[str, Any]) -> None:
        """Have the next look read the record of this event, whether it is open or not."""
        data = event.get("data", {})
        if "edit_id" in data:
            pk = edit_pk(data["edit_id"])
        else:
            pk = drop_pk(data["drop_id"]) if "drop_id" in data else file_pk(event["subject"])
        self._notified.append(pk)

    def expect(self, keys: Iterable[str]) -> None:
        """These keys were just uploaded; submit has not recorded them yet."""
        now = self._stack.now()
        self._expected |= dict.fromkeys(keys, now)
        for key in list(self._expected)[:-_EXPECTED_MAX]:
            self._expected.pop(key, None)

    def uploaded(self) -> list[Card]:
        """Cards of expected uploads, the latest first."""
        return [uploaded_card(key, at) for key, at in reversed(list(self._expected.items()))]

    def look(self) -> tuple[list[Card], list[str]]:
        """Cards that are new or changed since the last look, and ids of cards that are gone."""
        open_now = {item["pk"] for kind in _KINDS for item in open_records(self._stack, kind, _FOLLOWED_MAX)}
        while self._notified:
            self._requested.add(self._notified.popleft())
        arrived = self._arrived()
        drops = {drop_pk(card.drop_id) for card in self._open.values() if card.drop_id}  # perhaps refused since
        found = records(self._stack, open_now | set(self._open) | drops | self._requested)
        cards = cards_of(self._stack, found)
        self._requested.clear()
        for key in [*arrived, *(card.key for card in cards.values())]:
            self._expected.pop(key, None)
        changed = [card for pk, card in cards.items() if self._open.get(pk) != card]
        shown = {card.id for card in cards.values()}
        gone = [card.id for card in self._open.values() if card.id not in shown]
        followed = open_now | {edit_pk(found[pk]["edit_id"]) for pk in open_now & set(found) if has_edit(found[pk])}
        self._open = {pk: card for pk, card in cards.items() if pk in followed}
        return sorted(changed, key=lambda card: (card.created_at, card.id)), gone

    def _arrived(self) -> list[str]:
        """Expected keys that submit has recorded. A drop may begin and end between two looks."""
        now = self._stack.now()
        arrived = []
        for key, at in list(self._expected.items())[:_EXPECTED_BATCH]:
            drop = latest_drop(self._stack, key)
            if drop is not None:
                self._requested.add(drop_pk(drop["drop_id"]))
                arrived.append(key)
                continue
            self._expected.pop(key, None)
            if now - at < _EXPECTED_SECONDS:
                self._expected[key] = at  # to the end, so that the others are looked up next
        return arrived
