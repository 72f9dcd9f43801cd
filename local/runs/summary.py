"""What a run came to, one picture at a time, as its report tells it."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.page.report import Told
from depthdrop_cli.reading.entries import Money, money_of
from depthdrop_cli.reading.timeline import timeline
from local.runs import files
from local.runs.journal import Entry, Journal
from local.stack.stack import LocalStack


def told(stack: LocalStack, journal: Journal, dropped: Mapping[str, bytes], out: Path) -> list[Told]:
    """In the order of the journal. What was stored stands in `out` already."""
    records: list[Any] = stack.records("")
    edits = {record["edit_id"]: record for record in records if record["pk"].startswith("edit#")}
    drops = {record["drop_id"]: record for record in records if record["pk"].startswith("drop#")}
    return [_told(entry, dropped.get(entry.key), edits, drops, out) for entry in journal.entries.values()]


def _told(
    entry: Entry, before: bytes | None, edits: Mapping[str, EditRecord], drops: Mapping[str, DropRecord], out: Path
) -> Told:
    data = entry.event["data"] if entry.event else {}
    drop = drops.get(data.get("drop_id", "")) or _latest(entry.key, drops)
    edit = edits.get(data.get("edit_id") or (drop.get("edit_id") if drop else None) or "")
    record = edit or drop
    error = data.get("error", {})
    settings = json.loads(record.get("settings", "{}") if record else "{}")
    result = _key(data, "result")
    return Told(
        key=entry.key,
        status=entry.status,
        money=_money(data, edit),
        before=before,
        after=None if result is None else files.read(out, result),
        result=result,
        manifest=_key(data, "manifest") or _key(data, "receipt"),
        model=data.get("model") or (edit["model"] if edit else None),
        prompt=settings.get("prompt"),
        seed=data.get("seed"),
        seconds=data.get("timings", {}).get("seconds"),
        sentence=error.get("message", entry.detail),
        hint=error.get("hint", ""),
        moments=timeline(drop, edit),
    )


def _latest(key: str, drops: Mapping[str, DropRecord]) -> DropRecord | None:
    found = [drop for drop in drops.values() if drop["image_key"] == key]
    return max(found, key=lambda drop: int(drop["created_at"]), default=None)


def _key(data: Mapping[str, Any], name: str) -> str | None:
    return data[name]["key"] if name in data else None


def _money(data: Mapping[str, Any], edit: EditRecord | None) -> Money:
    spend = data.get("spend")
    return money_of(edit) if spend is None else Money(spend["state"], Decimal(str(spend["usd"])))
