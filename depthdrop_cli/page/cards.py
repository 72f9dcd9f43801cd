"""A card for each edit, for each drop without one and for each half: what the page shows of a record. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from depthdrop.drop.keys import folder_of
from depthdrop.records.types import DropRecord, EditRecord, FileRecord
from depthdrop_cli.reading.entries import NO_MONEY, Money, came_at, error_of, money_of, state_of, state_of_drop
from depthdrop_cli.terminal.output import iso

UPLOADED = "uploaded"  # into the inbox a moment ago; submit has not seen it yet
WORDS: Mapping[str, str] = MappingProxyType(
    {
        UPLOADED: "Uploaded",
        "seen": "Checked",
        "claimed": "Claimed",
        "posting": "Sending",
        "submitted": "At work",
        "released": "Waiting for its turn",
        "parked": "Resting",
        "waiting": "Waiting for its other half",
        "succeeded": "Edited",
        "refused": "Refused",
        "failed": "Failed",
        "ambiguous": "Unknown",
        "unpaired": "Unpaired",
    }
)
ENDS = ("succeeded", "refused", "failed", "ambiguous", "unpaired")
WORKING = "working"
GROUPS = (WORKING, *ENDS)


@dataclass(frozen=True, slots=True)
class Card:
    """`id` names the element on the page, `place` the picture's key: there a card takes an earlier one's place.

    `width` and `height` are the result's, in pixels.
    """

    id: str
    key: str
    state: str
    created_at: int
    money: Money = NO_MONEY
    edit_id: str | None = None
    drop_id: str | None = None
    model: str | None = None
    prompt: str | None = None
    seed: int | None = None
    seconds: float | None = None
    sentence: str = ""
    hint: str = ""
    width: int | None = None
    height: int | None = None

    @property
    def word(self) -> str:
        return WORDS[self.state]

    @property
    def group(self) -> str:
        return group_of(self.state)

    @property
    def place(self) -> str:
        return place_of(self.key)

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2] or self.key

    @property
    def folder(self) -> str:
        """Without slashes at its ends; nothing for the root."""
        return folder_of(self.key).strip("/")

    @property
    def address(self) -> str | None:
        """Where more of it is told; ids are hexadecimal, so no key ever stands in an address."""
        if self.edit_id is not None:
            return f"/edits/{self.edit_id}"
        return None if self.drop_id is None else f"/drops/{self.drop_id}"


def group_of(state: str) -> str:
    return state if state in ENDS else WORKING


def place_of(key: str) -> str:
    return f"f-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def edit_card(edit: EditRecord, drop: DropRecord | None) -> Card:
    """`drop` is the one that began it, if it is known: it tells why an edit rests."""
    known: Any = drop or {}
    state = state_of(drop, edit)
    data = json.loads(edit["event"])["data"] if "event" in edit else {}
    settings = json.loads(edit["settings"])
    result = data.get("result", {})
    sentence, hint = _trouble(error_of(edit)) if state != "parked" else _rest(known)
    return Card(
        id=f"d-{edit['drop_id']}",
        key=edit["image_key"],
        state=state,
        created_at=int(edit["created_at"]),
        money=money_of(edit),
        edit_id=edit["edit_id"],
        drop_id=edit["drop_id"],
        model=edit["model"],
        prompt=settings.get("prompt"),
        seed=data.get("seed", settings.get("seed")),
        seconds=data.get("timings", {}).get("seconds"),
        sentence=sentence,
        hint=hint,
        width=result.get("width"),
        height=result.get("height"),
    )


def drop_card(drop: DropRecord) -> Card:
    """Of a drop that has no edit: refused, resting, or on its way."""
    state = state_of_drop(drop)
    settings = json.loads(drop.get("settings", "{}"))
    refusal = json.loads(drop["refusal"]) if "refusal" in drop else None
    sentence, hint = _rest(drop) if state == "parked" else _trouble(refusal)
    return Card(
        id=f"d-{drop['drop_id']}",
        key=drop["image_key"],
        state=state,
        created_at=int(drop["created_at"]),
        drop_id=drop["drop_id"],
        model=settings.get("model"),
        prompt=settings.get("prompt"),
        sentence=sentence,
        hint=hint,
    )


def file_card(file: FileRecord) -> Card | None:
    """Of a half; None for a file that is remembered for something else."""
    key = file["pk"].removeprefix("file#")
    at = came_at(file)
    if file.get("open") == "half":
        said = "It waits for its other half: a picture needs a prompt, a sidecar a picture."
        return Card(place_of(key), key, "waiting", at, sentence=said)
    if "told" in file:
        said = "Its other half did not come, and nothing was charged."
        hint = "Drop the other half: the edit is made then."
        return Card(place_of(key), key, "unpaired", at, sentence=said, hint=hint)
    return None


def uploaded_card(key: str, now: int) -> Card:
    return Card(place_of(key), key, UPLOADED, now)


def _trouble(said: Mapping[str, Any] | None) -> tuple[str, str]:
    return ("", "") if said is None else (said["message"], said["hint"])


def _rest(drop: DropRecord) -> tuple[str, str]:
    return drop["parked_message"], f"It goes on by itself, at {iso(drop['look_at'])} or before. Nothing is charged."
