"""One run: drops pictures, waits for the edits, fetches the results."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.page.report import Outcome, report
from depthdrop_cli.reading.entries import Money, money_of, timeline
from depthdrop_cli.stack.no_links import read_below
from depthdrop_cli.stack.ownership import PRIVATE
from local.runs import files, show
from local.runs.journal import Entry, Journal
from local.stack.stack import LAST_LOG, PRICE_USD, LocalStack, Options, local_stack

_LOOK_SECONDS = 0.3
_STORED = ("result", "manifest", "receipt")  # the objects that an event may name
_PATIENCE_SECONDS = {False: 180.0, True: 3600.0}  # by whether the upstream is the real one


def run(console: Console, drops: Mapping[str, bytes], out: Path, options: Options) -> int:
    """Exit code 0 when every picture was edited, 1 otherwise. Raises LocalStackError."""
    files.make_folder(out)  # before anything is paid for: results are written there
    pictures = [key for key in drops if kind_of(key) is Kind.IMAGE]
    console.print(introduction(options, len(pictures)))
    with started(console, options) as stack:
        for key, content in sorted(drops.items(), key=lambda drop: drop[0] in pictures):
            stack.put(key, content)
        journal = Journal(stack, pictures)
        _watch(console, journal, _PATIENCE_SECONDS[options.is_real])
        _fetch(stack, journal, out)
        found = results(stack, journal, drops, out)
    text = report(found, datetime.now(UTC), simulated=not options.is_real)
    page = files.write(out, "index.html", text.encode())
    code = _summarize(console, journal, out, options)
    console.print(f"Before and after, as one file: {page}")
    return code


@contextmanager
def started(console: Console, options: Options) -> Iterator[LocalStack]:
    """A running stack; while it starts, the terminal shows a status line."""
    with ExitStack() as resources:
        with console.status("Starting AWS on this machine and deploying template.yaml …"):
            stack = resources.enter_context(local_stack(options))
        yield stack


def _watch(console: Console, journal: Journal, patience: float) -> None:
    end = time.monotonic() + patience
    live_view = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else nullcontext()
    with live_view as live:
        while not journal.finished and time.monotonic() < end:
            changed = journal.refresh()
            if live:
                live.update(show.progress_table(journal.entries.values(), time.monotonic()), refresh=True)
            else:
                for entry in changed:
                    show.line(console, entry)
            time.sleep(_LOOK_SECONDS)


def _fetch(stack: LocalStack, journal: Journal, out: Path) -> None:
    """Write every result, manifest and receipt into `out`, and the notifications."""
    for entry in journal.entries.values():
        data = entry.event["data"] if entry.event else {}
        for key in [data[name]["key"] for name in _STORED if name in data]:
            path = files.write(out, key, stack.result(key))
            entry.output = entry.output or str(path)
    notices = "".join(f"{json.dumps(notice)}\n" for notice in journal.notices)
    files.write(out, "notifications.jsonl", notices.encode(), PRIVATE)


def _summarize(console: Console, journal: Journal, out: Path, options: Options) -> int:
    entries = list(journal.entries.values())
    console.print(show.final_table(entries))
    console.print(f"{len(journal.notices)} SNS messages in {out / 'notifications.jsonl'}")
    if options.upstream.ledger_path:
        console.print(f"The fake upstream's ledger of charges is {options.upstream.ledger_path}")
    show.explain(console, entries)
    if all(entry.succeeded for entry in entries):
        return 0
    if not journal.finished:
        console.print(f"Some edits did not end in time. The log of the functions is {LAST_LOG}.")
    return 1


def introduction(options: Options, count: int | None = None) -> str:
    """A sentence about the cost of `count` edits, or of one when the number is not known."""
    if not options.is_real:
        return "No COMETAPI_API_KEY is set: the fake upstream is used and no money is spent."
    cost = f"An edit by the default model costs ${PRICE_USD}. Files that are already in the inbox are not edited."
    if count is not None:
        cost = f"{count} {'edit' if count == 1 else 'edits'} at ${PRICE_USD} cost ${PRICE_USD * count}."
    return f"COMETAPI_API_KEY is set: using the real API at {options.base_url}. {cost}"


def results(stack: LocalStack, journal: Journal, dropped: Mapping[str, bytes], out: Path) -> list[Outcome]:
    """The pictures of the report, in the order of the journal; their results must be in `out` already."""
    records: list[Any] = stack.records("")
    edits = {record["edit_id"]: record for record in records if record["pk"].startswith("edit#")}
    drops = {record["drop_id"]: record for record in records if record["pk"].startswith("drop#")}
    return [_result(entry, dropped.get(entry.key), edits, drops, out) for entry in journal.entries.values()]


def _result(
    entry: Entry, before: bytes | None, edits: Mapping[str, EditRecord], drops: Mapping[str, DropRecord], out: Path
) -> Outcome:
    data = entry.event["data"] if entry.event else {}
    same = [drop for drop in drops.values() if drop["image_key"] == entry.key]
    latest = max(same, key=lambda drop: int(drop["created_at"]), default=None)
    drop = drops.get(data.get("drop_id", "")) or latest
    edit = edits.get(data.get("edit_id") or (drop.get("edit_id") if drop else None) or "")
    record = edit or drop
    error = data.get("error", {})
    settings = json.loads(record.get("settings", "{}") if record else "{}")
    spend = data.get("spend")
    stored = {name: data[name]["key"] for name in _STORED if name in data}
    result = stored.get("result")
    return Outcome(
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
