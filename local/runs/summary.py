"""The results of a run, one picture at a time, for its report."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.page.report import Told
from depthdrop_cli.reading.entries import Money, money_of
from depthdrop_cli.reading.timeline import timeline
from depthdrop_cli.stack.no_links import read_below
from local.runs.journal import Entry, Journal
from local.stack.stack import LocalStack

STORED = ("result", "manifest", "receipt")  # the objects that an event may name


def told(stack: LocalStack, journal: Journal, dropped: Mapping[str, bytes], out: Path) -> list[Told]:
    """In the order of the journal. Results are in `out` already."""
    records: list[Any] = stack.records("")
    edits = {record["edit_id"]: record for record in records if record["pk"].startswith("edit#")}
    drops = {record["drop_id"]: record for record in records if record["pk"].startswith("drop#")}
    return [_told(entry, dropped.get(entry.key), edits, drops, out) for entry in journal.entries.values()]


def _told(
    entry: Entry, before: bytes | None, edits: Mapping[str, EditRecord], drops: Mapping[str, DropRecord], out: Path
) -> Told:
    data = entry.event["data"] if entry.event else {}
    same = [drop for drop in drops.values() if drop["image_key"] == entry.key]
    latest = max(same, key=lambda drop: int(drop["created_at"]), default=None)
    drop = drops.get(data.get("drop_id", "")) or latest
    edit = edits.get(data.get("edit_id") or (drop.get("edit_id") if drop else None) or "")
    record = edit or drop
    error = data.get("error", {})
    settings = json.loads(record.get("settings", "{}") if record else "{}")
    spend = data.get("spend")
    stored = {name: data[name]["key"] for name in STORED if name in data}
    result = stored.get("result")
    return Told(
        key=entry.key,
        status=entry.status,
        money=Money(spend["state"], Decimal(str(spend["usd"]))) if spend else money_of(edit),
        before=before,
        after=None if result is None else read_below(out, result),
        result=result,
        manifest=stored.get("manifest") or stored.get("receipt"),
        model=data.get("model") or (edit["model"] if edit else None),
        prompt=settings.get("prompt"),
        seed=data.get("seed"),
        seconds=data.get("timings", {}).get("seconds"),
        sentence=error.get("message", entry.detail),
        hint=error.get("hint", ""),
        moments=timeline(drop, edit),
    )
