"""`depthdrop list`: edits, drops and unpaired files, by state and folder, a page at a time."""

from dataclasses import asdict
from typing import Annotated

import typer

from depthdrop_cli.reading.entries import Entry, entries_of, is_below
from depthdrop_cli.reading.records import scan
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, iso, table

_STATES = (
    *("claimed", "posting", "submitted", "succeeded", "failed", "released", "ambiguous"),
    *("parked", "refused", "seen", "waiting", "unpaired"),
)


def show_list(
    stack: OperatorStack,
    out: Output,
    *,
    state: Annotated[list[str] | None, typer.Option(help=f"Only these: {', '.join(_STATES)}.")] = None,
    folder: Annotated[str | None, typer.Option(help="Only files below this folder of the inbox.")] = None,
    page: Annotated[int, typer.Option(min=1)] = 1,
    size: Annotated[int, typer.Option(min=1, max=10_000, help="Entries per page.")] = 50,
) -> Exit:
    """List edits, drops without an edit and unpaired files, the latest first. Reads the whole table."""
    unknown = sorted(set(state or ()) - set(_STATES))
    if unknown:
        raise UsageError(f"There is no state {unknown[0]}; there are {', '.join(_STATES)}.")
    found = [
        entry
        for entry in entries_of(scan(stack, "edit", "drop", "file"))
        if entry.state in (state or _STATES) and is_below(entry.key, folder)
    ]
    shown = found[(page - 1) * size : page * size]
    pages = max(1, -(-len(found) // size))
    data = {"count": len(found), "page": page, "pages": pages, "entries": [_data(entry) for entry in shown]}
    out.answer(data, [table(("created", "state", "cost", "key", "edit", "note"), map(_row, shown))])
    if pages > 1:
        out.say(f"Page {page} of {pages}, {len(found)} in all. --page {page + 1} shows the next.")
    return Exit.DONE


def _data(entry: Entry) -> dict[str, object]:
    values = asdict(entry) | {"created_at": iso(entry.created_at)}
    return {**values, "spend": values.pop("money")}


def _row(entry: Entry) -> tuple[object, ...]:
    cost = entry.money.worded("", "{}", "{}?")
    return iso(entry.created_at), entry.state, cost, entry.key, (entry.edit_id or "")[:8], entry.note
