"""The state of each dropped picture, from the table until its notification."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local.stack.stack import LocalStack

_WORDS = {
    "CLAIMED": "claimed",
    "POSTING": "submitting",
    "SUBMITTED": "running at the upstream",
    "SUCCEEDED": "stored",
    "FAILED": "failed",
    "AMBIGUOUS": "ambiguous",
    "RELEASED": "waiting for a slot",
}
NEEDS_OWNER = frozenset({"key_refused", "balance_empty", "upstream_unreachable", "budget_reached"})


@dataclass(slots=True)
class Entry:
    """One picture. `seconds` is from the drop to the notification, `usd` the charge in the event."""

    key: str
    dropped_at: float
    status: str = "dropped"
    detail: str = ""
    seconds: float | None = None
    usd: float | None = None
    output: str = ""
    event: dict[str, Any] | None = None
    event_ids: set[str] = field(default_factory=set)  # of all events since the drop
    stuck: bool = False

    @property
    def ended(self) -> bool:
        return self.event is not None

    @property
    def succeeded(self) -> bool:
        return self.status == "succeeded"


class Journal:
    """Refreshes entries from a running stack; `notices` has the SNS messages, one for each event about a drop.

    A function publishes an event again when SNS answers too late; for a later drop of the same picture too.
    """

    def __init__(self, stack: LocalStack, keys: Iterable[str] = ()) -> None:
        self._stack = stack
        self.entries = {key: Entry(key, time.monotonic()) for key in keys}
        self.notices: list[dict[str, Any]] = []

    def dropped(self, key: str) -> None:
        """A picture was uploaded now: a new entry replaces that of an earlier drop."""
        self.entries[key] = Entry(key, time.monotonic())

    def refresh(self) -> list[Entry]:
        """Update the entries; returns those whose status or detail changed."""
        before = {key: (entry.status, entry.detail) for key, entry in self.entries.items()}
        # Edits first: a drop that is parked has the last word.
        for record in sorted(self._stack.records(""), key=lambda record: str(record["pk"]), reverse=True):
            kind, entry = record["pk"].partition("#")[0], self.entries.get(record.get("image_key", ""))
            if entry is None or entry.ended:
                continue
            if kind == "edit":
                entry.status = _WORDS[record["state"]]
            elif kind == "drop" and "parked" in record:
                entry.status, entry.detail = f"parked: {record['parked']}", record.get("parked_message", "")
                entry.stuck = record["parked"] in NEEDS_OWNER
        for notice in self._stack.notices():
            event = notice["event"]
            entry = self.entries.get(event["subject"])
            if entry is None or event["id"] not in entry.event_ids:
                self.notices.append(notice)
                self._record(event)
        return [entry for key, entry in self.entries.items() if (entry.status, entry.detail) != before.get(key)]

    @property
    def finished(self) -> bool:
        """Whether no entry will change without its owner."""
        return all(entry.ended or entry.stuck for entry in self.entries.values())

    def _record(self, event: dict[str, Any]) -> None:
        status, key = event["type"].split(".")[2], event["subject"]
        if status == "unpaired":  # maybe a sidecar; another event is published if its counterpart is dropped later
            self.entries.setdefault(key, Entry(key, time.monotonic()))
        entry = self.entries.get(key)
        if entry is None:
            return
        entry.event_ids.add(event["id"])
        if status == "budget_reached":  # its drop is parked: the record says so
            return
        spend, error = event["data"]["spend"], event["data"].get("error")
        entry.event = event
        entry.status = status
        entry.seconds = time.monotonic() - entry.dropped_at
        entry.usd = spend["usd"] if spend["state"] != "none" else 0.0
        entry.detail = f"{error['message']} {error['hint']}" if error else ""
