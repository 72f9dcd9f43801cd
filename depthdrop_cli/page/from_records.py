"""Records into cards: what is read for them, and which of several that tell of one drop has the card."""

from collections.abc import Iterable
from typing import Any

from depthdrop.records.drops import pk_of as drop_pk
from depthdrop.records.edits import State
from depthdrop.records.edits import pk_of as edit_pk
from depthdrop_cli.page.cards import Card, drop_card, edit_card, file_card
from depthdrop_cli.reading.entries import is_left
from depthdrop_cli.stack.stacks import OperatorStack

_AT_ONCE = 100  # what DynamoDB gives in one answer
# What cards are made of: less than half of a record.
_SHOWN = (
    *("pk", "created_at", "drop_id", "edit_id", "image_key", "state", "token", "open", "look_at"),
    *("model", "settings", "usd", "spend_state", "event"),
    *("refusal", "refusal_token", "fell_back_from", "refused_token"),
    *("parked", "parked_message", "half_modified", "told"),
)
_NOT_PAID = frozenset({State.CLAIMED, State.POSTING, State.RELEASED})  # or not yet


def cards_of(stack: OperatorStack, found: dict[str, Any]) -> dict[str, Card]:
    """By key, of these records and of the edits that they lead to.

    There is none of a drop that is told by its edit, of an edit that its drop has left, or of a file that waits for
    nothing.
    """
    found = found | records(
        stack, {edit_pk(item["edit_id"]) for item in found.values() if leads_on(item)} - {*found}
    )
    resting = [item for item in found.values() if item.get("state") in _NOT_PAID]
    drops = found | records(stack, {drop_pk(item["drop_id"]) for item in resting} - {*found})
    left = {item["pk"] for item in resting if is_left(item, drops.get(drop_pk(item["drop_id"])))}
    shown = {pk: item for pk, item in found.items() if pk not in left}
    cards = {
        pk: _card_of(item, drops)
        for pk, item in shown.items()
        if not (leads_on(item) and edit_pk(item["edit_id"]) in shown)
    }
    return {pk: card for pk, card in cards.items() if card is not None}


def leads_on(item: Any) -> bool:
    """A drop that is told by its edit, as soon as there is one."""
    return item["pk"].startswith("drop#") and "refusal" not in item and "edit_id" in item


def _card_of(item: Any, drops: dict[str, Any]) -> Card | None:
    if item["pk"].startswith("edit#"):
        return edit_card(item, drops.get(drop_pk(item["drop_id"])))
    return drop_card(item) if item["pk"].startswith("drop#") else file_card(item)


def records(stack: OperatorStack, pks: Iterable[str]) -> dict[str, Any]:
    asked = sorted(set(pks))
    table = stack.submit.edits.table
    found: dict[str, Any] = {}
    for start in range(0, len(asked), _AT_ONCE):
        found |= table.get_many(asked[start : start + _AT_ONCE], consistent=True, only=_SHOWN)
    return found
