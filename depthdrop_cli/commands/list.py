"""`depthdrop list`: edits, drops and halves, by state and folder, a page at a time."""

from dataclasses import asdict

from depthdrop_cli.reading.entries import Entry, entries_of, is_below
from depthdrop_cli.reading.records import scan
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit
from depthdrop_cli.terminal.output import Output, iso, table, usd

STATES = (
    *("claimed", "posting", "submitted", "succeeded", "failed", "released", "ambiguous"),
    *("parked", "refused", "seen", "waiting", "unpaired"),
)


def show_list(
    stack: OperatorStack, out: Output, states: list[str], folder: str | None, page: int, size: int
) -> Exit:
    """Pages are counted from 1."""
    found = [
        entry
        for entry in entries_of(scan(stack, "edit", "drop", "file"))
        if (not states or entry.state in states) and is_below(entry.key, folder)
    ]
    shown = found[(page - 1) * size : page * size]
    pages = max(1, -(-len(found) // size))
    data = {"count": len(found), "page": page, "pages": pages, "entries": [_data(entry) for entry in shown]}
    names = ("created", "state", "cost", "key", "edit", "note")
    out.answer(data, lambda console: console.print(table(names, [_row(entry) for entry in shown])))
    if pages > 1:
        out.say(f"Page {page} of {pages}, {len(found)} in all. --page {page + 1} goes on.")
    return Exit.DONE


def _data(entry: Entry) -> dict[str, object]:
    values = asdict(entry) | {"created_at": iso(entry.created_at)}
    return {**values, "spend": values.pop("money")}


def _row(entry: Entry) -> tuple[object, ...]:
    cost = {"none": "", "charged": usd(entry.money.usd)}.get(entry.money.state, f"{usd(entry.money.usd)}?")
    return iso(entry.created_at), entry.state, cost, entry.key, (entry.edit_id or "")[:8], entry.note
