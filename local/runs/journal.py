"""The state of each dropped picture, from the table until its notification."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
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
    stuck: bool = False

    @property
    def ended(self) -> bool:
        return self.event is not None

    @property
    def succeeded(self) -> bool:
        return self.status == "succeeded"


class Journal:
    """Refreshes entries from a running stack; `notices` has every SNS message."""

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
        for record in sorted(
            self._stack.records(""), key=lambda record: str(record["pk"]), reverse=True
        ):  # edits first
            kind, entry = record["pk"].partition("#")[0], self.entries.get(record.get("image_key", ""))
            if entry is None or entry.ended:
                continue
            if kind == "edit":
                entry.status = _WORDS[record["state"]]
            elif kind == "drop" and "parked" in record:
                entry.status, entry.detail = f"parked: {record['parked']}", record.get("parked_message", "")
                entry.stuck = record["parked"] in NEEDS_OWNER
        for notice in self._stack.notices():
            self.notices.append(notice)
            self._ended(notice["event"])
        return [entry for key, entry in self.entries.items() if (entry.status, entry.detail) != before.get(key)]

    @property
    def finished(self) -> bool:
        """Whether no entry will change without its owner."""
        return all(entry.ended or entry.stuck for entry in self.entries.values())

    def _ended(self, event: dict[str, Any]) -> None:
        status = event["type"].split(".")[2]
        if status == "budget_reached":  # its drop is parked: the record says so
            return
        if (
            status == "unpaired"
        ):  # may be a sidecar; if the counterpart is dropped later, another event is published
            self.entries.setdefault(event["subject"], Entry(event["subject"], time.monotonic()))
        entry = self.entries.get(event["subject"])
        if entry is None:
            return
        spend, error = event["data"]["spend"], event["data"].get("error")
        entry.event = event
        entry.status = status
        entry.seconds = time.monotonic() - entry.dropped_at
        entry.usd = spend["usd"] if spend["state"] != "none" else 0.0
        entry.detail = f"{error['message']} {error['hint']}" if error else ""
