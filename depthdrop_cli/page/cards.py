"""The cards of the page: one for each edit, each drop without an edit, and each unpaired file."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from depthdrop.drop.inbox_keys import folder_of
from depthdrop.records.drops import pk_of as drop_pk
from depthdrop.records.edits import State
from depthdrop.records.edits import pk_of as edit_pk
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.reading.entries import Entry, data_of, drop_entry, edit_entry, file_entry, is_left
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.output import iso

UPLOADED = "uploaded"  # into the inbox; submit has not recorded it yet
WORDS = {
    UPLOADED: "Uploaded",
    "seen": "Checked",
    "claimed": "Claimed",
    "posting": "Sending",
    "submitted": "Running",
    "released": "Waiting to be sent",
    "parked": "Parked",
    "waiting": "Waiting for its counterpart",
    "succeeded": "Edited",
    "refused": "Refused",
    "failed": "Failed",
    "ambiguous": "Unknown",
    "unpaired": "Unpaired",
}
ENDS = ("succeeded", "refused", "failed", "ambiguous", "unpaired")
WORKING = "working"
GROUPS = (WORKING, *ENDS)
_FILE_TEXTS = {
    "waiting": {"message": "It is unpaired: a picture needs a prompt, and a sidecar needs a picture.", "hint": ""},
    "unpaired": {
        "message": "Its counterpart did not arrive, and nothing was charged.",
        "hint": "Drop the counterpart to have the edit made.",
    },
}
_BATCH = 100  # keys that DynamoDB reads in one call
# The attributes that cards are made of: less than half of a record.
_SHOWN = (
    *("pk", "created_at", "drop_id", "edit_id", "image_key", "state", "token", "open", "look_at"),
    *("model", "settings", "usd", "spend_state", "event"),
    *("refusal", "refusal_token", "fell_back_from", "refused_token"),
    *("parked", "parked_message", "half_modified", "told"),
)
_UNPAID = frozenset({State.CLAIMED, State.POSTING, State.RELEASED})  # or not paid for yet


@dataclass(frozen=True, slots=True)
class Card(Entry):
    """`id` is that of the element on the page. A new card replaces the one with the same `place`."""

    id: str = ""
    prompt: str | None = None
    seed: int | None = None
    seconds: float | None = None  # the edit's duration
    sentence: str = ""
    hint: str = ""
    width: int | None = None  # of the result, in pixels
    height: int | None = None

    @property
    def word(self) -> str:
        return WORDS[self.state]

    @property
    def group(self) -> str:
        return self.state if self.state in ENDS else WORKING

    @property
    def place(self) -> str:
        return _place_of(self.key)

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2] or self.key

    @property
    def folder(self) -> str:
        """Without slashes at the ends; empty for the root."""
        return folder_of(self.key).strip("/")

    @property
    def address(self) -> str | None:
        """The address of its detail page; ids are hexadecimal, so no key is ever part of an address."""
        if self.edit_id is not None:
            return f"/edits/{self.edit_id}"
        return None if self.drop_id is None else f"/drops/{self.drop_id}"


def _place_of(key: str) -> str:
    return f"f-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def edit_card(edit: EditRecord, drop: DropRecord | None) -> Card:
    """`drop` is the drop that made the edit, if known: it has the reason of a parked edit."""
    entry, data, settings = edit_entry(edit, drop), data_of(edit), json.loads(edit["settings"])
    result = data.get("result", {})
    return _card(
        entry,
        _parked(drop) if drop is not None and entry.state == "parked" else data.get("error"),
        prompt=settings.get("prompt"),
        seed=data.get("seed", settings.get("seed")),
        seconds=data.get("timings", {}).get("seconds"),
        width=result.get("width"),
        height=result.get("height"),
    )


def drop_card(drop: DropRecord) -> Card:
    """The card of a drop without an edit: refused, parked or seen."""
    entry, settings = drop_entry(drop), json.loads(drop.get("settings", "{}"))
    refusal = json.loads(drop["refusal"]) if "refusal" in drop else None
    reason = _parked(drop) if entry.state == "parked" else refusal
    return _card(entry, reason, edit_id=None, model=settings.get("model"), prompt=settings.get("prompt"))


def _card(entry: Entry, reason: Mapping[str, str] | None, **fields: Any) -> Card:
    """The entry with these fields, and the message and hint of `reason`."""
    shared: dict[str, Any] = {name: getattr(entry, name) for name in Entry.__slots__}
    texts = {} if reason is None else {"sentence": reason["message"], "hint": reason["hint"]}
    card_id = _place_of(entry.key) if entry.drop_id is None else f"d-{entry.drop_id}"
    return Card(**shared | texts | {"id": card_id} | fields)


def _parked(drop: DropRecord) -> dict[str, str]:
    hint = f"It continues by itself, at {iso(drop['look_at'])} or earlier. Nothing is charged."
    return {"message": drop["parked_message"], "hint": hint}


def uploaded_card(key: str, now: int) -> Card:
    return _card(Entry(UPLOADED, key, now), None)


def cards_of(stack: OperatorStack, found: dict[str, Any]) -> dict[str, Card]:
    """Cards by table key, of these records and of the edits of these drops.

    Left out: drops that their edit's card shows, edits that their drop abandoned, files that are not unpaired.
    """
    found = found | records(
        stack, {edit_pk(item["edit_id"]) for item in found.values() if has_edit(item)} - {*found}
    )
    unpaid = [item for item in found.values() if item.get("state") in _UNPAID]
    drops = found | records(stack, {drop_pk(item["drop_id"]) for item in unpaid} - {*found})
    left = {item["pk"] for item in unpaid if is_left(item, drops.get(drop_pk(item["drop_id"])))}
    shown = {pk: item for pk, item in found.items() if pk not in left}
    cards = {
        pk: _card_of(item, drops)
        for pk, item in shown.items()
        if not (has_edit(item) and edit_pk(item["edit_id"]) in shown)
    }
    return {pk: card for pk, card in cards.items() if card is not None}


def has_edit(item: Any) -> bool:
    """Whether this is a drop that its edit's card shows, if that edit exists."""
    return item["pk"].startswith("drop#") and "refusal" not in item and "edit_id" in item


def _card_of(item: Any, drops: dict[str, Any]) -> Card | None:
    """None for a file recorded for another reason than that it is unpaired."""
    if item["pk"].startswith("edit#"):
        return edit_card(item, drops.get(drop_pk(item["drop_id"])))
    if item["pk"].startswith("drop#"):
        return drop_card(item)
    entry = file_entry(item)
    return None if entry is None else _card(entry, _FILE_TEXTS[entry.state])


def records(stack: OperatorStack, pks: Iterable[str]) -> dict[str, Any]:
    keys = sorted(set(pks))
    table = stack.submit.edits.table
    found: dict[str, Any] = {}
    for start in range(0, len(keys), _BATCH):
        found |= table.get_many(keys[start : start + _BATCH], consistent=True, only=_SHOWN)
    return found
