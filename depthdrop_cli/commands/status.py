"""`depthdrop status`: shows the stack in a few lines, or everything known about one edit or key."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.table import Table

from depthdrop.drop.pairing import Crowded, Pair, Pairing, TwoSidecars, UnpairedFile
from depthdrop.outbox import receipt_key
from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.reading.entries import Money, data_of, entries_of, money_of, state_of_drop, timeline
from depthdrop_cli.reading.records import drops_at, edit_named, edit_of, history_of, is_edit_id, key_of, scan
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, NotFoundError
from depthdrop_cli.terminal.output import Output, iso, table, usd

_WATCHED = frozenset({State.SUBMITTED, State.FAILED})


def status(
    stack: OperatorStack,
    out: Output,
    edit_or_key: Annotated[
        str | None, typer.Argument(metavar="EDIT|KEY", help="An edit_id or its beginning, or a key.")
    ] = None,
) -> Exit:
    """Show everything known about an edit or a key. Without an argument, show the stack's status."""
    if edit_or_key is None:
        data = _about_stack(stack)
        out.answer(data, [table(("", ""), _rows_of_stack(data))])
        return Exit.DONE
    if is_edit_id(edit_or_key):
        edit = edit_named(stack, edit_or_key)
        data = {"edits": [about(stack, stack.submit.drops.get(edit["drop_id"]), edit)]}
    else:
        data = _about_key(stack, key_of(stack, edit_or_key))
    out.answer(data, _lines(data))
    return Exit.DONE


def _about_key(stack: OperatorStack, key: str) -> dict[str, Any]:
    """The file at a key, its drops and their edits. Raises NotFoundError when nothing is known of it."""
    pairings = stack.submit.inbox.pairings(key)
    drops = [drop for pairing in pairings for drop in drops_at(stack, pairing)] or history_of(stack, key)
    file: Any = stack.submit.arrivals.files.get(key)
    if not pairings and not drops and "half" not in file:
        raise NotFoundError(f"Nothing is known of {key}: it is not in the inbox, and no drop of it is recorded.")
    unpaired, outbox = None, stack.submit.rejection.outbox
    if "half" in file:
        moments = {"reported_at": iso(file.get("told_at")), "look_at": iso(file.get("look_at"))}
        unpaired = {"waits": file.get("open") == "half", **moments}
    return {
        "key": key,
        "inbox": [_in_inbox(pairing) for pairing in pairings],
        "half": unpaired,
        "receipt": f"s3://{outbox.bucket}/{receipt_key(outbox.prefix, key)}" if file.get("receipt") else None,
        "edits": [about(stack, drop, edit_of(stack, drop)) for drop in drops],
    }


def about(stack: OperatorStack, drop: DropRecord | None, edit: EditRecord | None) -> dict[str, Any]:
    """One drop and its edit: state, money, moments, error, result."""
    of_drop: Any = drop or {}
    of_edit: Any = edit or {}
    subject = of_edit or of_drop
    data = data_of(edit)
    return {
        "image": subject.get("image_key"),
        "sidecar": subject.get("sidecar_key"),
        "drop_id": of_drop.get("drop_id"),
        "edit_id": subject.get("edit_id"),
        "state": state_of_drop(of_drop, edit),
        "spend": asdict(money_of(edit)),
        "model": of_edit.get("model"),
        "task_id": of_edit.get("task_id"),
        "watched": None if edit is None else _is_watched(stack, edit),
        "deadline_at": iso(of_edit.get("deadline_at")),
        "parked": _parked(of_drop),
        "refusal": json.loads(of_drop["refusal"]) if "refusal" in of_drop else None,
        "error": data.get("error"),
        "result": data.get("result"),
        "event_id": json.loads(of_edit["event"])["id"] if data else None,
        "timeline": [{"at": iso(at), "what": event} for at, event in timeline(drop, edit)],
    }


def _is_watched(stack: OperatorStack, edit: EditRecord) -> bool | None:
    if edit["state"] not in _WATCHED or "task_id" not in edit:
        return None
    return stack.submit.workflow.is_running(edit["edit_id"], int(edit["attempt"]))


def _parked(drop: DropRecord) -> dict[str, Any] | None:
    if "parked" not in drop:
        return None
    return {
        "reason": drop["parked"],
        "message": drop["parked_message"],
        "not_before": iso(drop["look_at"]),
        "times": drop.get("parked_times", 1),
    }


def _in_inbox(pairing: Pairing) -> dict[str, Any]:
    match pairing:
        case Pair(image, sidecar):
            return {"is": "pair", "image": image.key, "sidecar": None if sidecar is None else sidecar.key}
        case TwoSidecars(image, sidecars):
            return {"is": "two_sidecars", "image": image.key, "sidecars": [sidecar.key for sidecar in sidecars]}
        case Crowded(image):
            return {"is": "crowded", "image": image.key}
        case UnpairedFile(file):
            return {"is": "alone", "file": file.key}


def _about_stack(stack: OperatorStack) -> dict[str, Any]:
    """The number of entries in each state, reasons of parked drops, slots, circuit and money charged."""
    records = list(scan(stack, "edit", "drop", "file", "slot", "circuit"))
    entries, now = entries_of(records), stack.now()
    taken = sum(item["pk"].startswith("slot#") and item["lease_until"] >= now for item in records)
    circuit = next((item for item in records if item["pk"].startswith("circuit#")), None)
    return {
        "stack": stack.name,
        "states": dict(Counter(entry.state for entry in entries)),
        "parked": dict(Counter(entry.note for entry in entries if entry.state == "parked")),
        "slots": {"taken": taken, "of": stack.environment.slots},
        "circuit": None if circuit is None else {"reason": circuit["reason"], "message": circuit["message"]},
        "charged_usd": sum((entry.money.usd for entry in entries if entry.money.state == "charged"), Decimal(0)),
        "inbox": stack.submit.inbox.bucket,
        "outbox": stack.environment.outbox_bucket,
    }


def _rows_of_stack(data: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield from ((name, data[name]) for name in ("stack", "inbox", "outbox"))
    yield from sorted(data["states"].items())
    yield from ((f"parked for {reason}", count) for reason, count in sorted(data["parked"].items()))
    yield "slots taken", f"{data['slots']['taken']} of {data['slots']['of']}"
    circuit = data["circuit"]
    yield "circuit", "closed" if circuit is None else f"open, {circuit['reason']}: {circuit['message']}"
    yield "charged", usd(data["charged_usd"])


def _lines(data: dict[str, Any]) -> Iterator[str | Table]:
    for pairing in data.get("inbox", ()):
        if pairing["is"] != "pair":
            yield f"In the inbox: {pairing.get('image') or pairing.get('file')} ({pairing['is']})"
    unpaired = data.get("half")
    if unpaired is not None and unpaired["waits"]:
        yield f"It is unpaired: it waits for its counterpart and is reported at {unpaired['look_at']}."
    elif unpaired is not None and unpaired["reported_at"]:
        yield f"It was reported as unpaired at {unpaired['reported_at']}."
    if not data["edits"] and data["inbox"]:
        yield "No drop is recorded yet. `depthdrop explain` shows what submit would do with it."
    for edit in data["edits"]:
        yield from _lines_of_edit(edit)
    if data.get("receipt"):
        yield f"Receipt: {data['receipt']}"


def _lines_of_edit(edit: dict[str, Any]) -> Iterator[str | Table]:
    cost = Money(**edit["spend"]).worded("nothing charged", "{} charged", "{} may have been charged")
    yield f"{edit['image']}: {edit['state']}, {cost}"
    if edit["edit_id"]:
        yield f"edit {edit['edit_id']}"
    yield table(("at", "event"), [(moment["at"], moment["what"]) for moment in edit["timeline"]])
    parked, error, result = edit["parked"], edit["refusal"] or edit["error"], edit["result"]
    if parked:
        yield f"It is parked until {parked['not_before']}, {parked['reason']}: {parked['message']}"
    if error:
        yield f"{error['message']} {error['hint']}"
    if result:
        yield f"Result: s3://{result['bucket']}/{result['key']}"
    if edit["watched"] is not None:
        yield "An execution polls its task." if edit["watched"] else "No execution polls its task now."
