"""`depthdrop status`: the whole stack in a few lines, or all that is known of one edit or key."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from depthdrop.drop.pairing import Crowded, Half, Pair, Pairing, TwoSidecars
from depthdrop.outbox import receipt_key
from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord, SlotRecord
from depthdrop_cli.reading.entries import entries_of, error_of, money_of
from depthdrop_cli.reading.records import drops_at, edit_named, edit_of, history_of, is_edit_name, key_of, scan
from depthdrop_cli.reading.timeline import timeline
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, NotFoundError
from depthdrop_cli.terminal.output import Output, iso, table, text, usd

_WATCHED = frozenset({State.SUBMITTED, State.FAILED})


def status(stack: OperatorStack, out: Output, what: str | None) -> Exit:
    if what is None:
        return _of_stack(stack, out)
    if is_edit_name(what):
        edit = edit_named(stack, what)
        data: dict[str, Any] = {"edits": [about(stack, stack.submit.drops.get(edit["drop_id"]), edit)]}
    else:
        data = about_key(stack, key_of(stack, what))
    out.answer(data, lambda console: _print(console, data))
    return Exit.DONE


def about_key(stack: OperatorStack, key: str) -> dict[str, Any]:
    """What stands at a key and became of it. Raises NotFoundError when nobody has heard of it."""
    found = stack.submit.inbox.pairings(key)
    drops = [drop for one in found for drop in drops_at(stack, one)] or history_of(stack, key)
    half = _half(stack, key)
    if not found and not drops and half is None:
        raise NotFoundError(f"Nothing is known of {key}: it is not in the inbox, and no drop of it is on record.")
    return {
        "key": key,
        "inbox": [_standing(one) for one in found],
        "half": half,
        "receipt": _receipt(stack, key),
        "edits": [about(stack, drop, edit_of(stack, drop)) for drop in drops],
    }


def about(stack: OperatorStack, drop: DropRecord | None, edit: EditRecord | None) -> dict[str, Any]:
    """One drop and the edit it asks for: state, money, moments, what went wrong, where the result is."""
    facts: Any = drop or {}
    subject: Any = edit or facts
    money = money_of(edit)
    event = json.loads(edit["event"]) if edit is not None and "event" in edit else {}
    data: dict[str, Any] = {
        "image": subject.get("image_key"),
        "sidecar": subject.get("sidecar_key"),
        "drop_id": facts.get("drop_id"),
        "edit_id": subject.get("edit_id"),
        "state": state_of(facts, edit),
        "spend": {"state": money.state, "usd": money.usd},
        "model": None if edit is None else edit["model"],
        "task_id": None if edit is None else edit.get("task_id"),
        "watched": None if edit is None else _is_watched(stack, edit),
        "deadline_at": None if edit is None else iso(edit.get("deadline_at")),
        "parked": _parked(facts),
        "refusal": json.loads(facts["refusal"]) if "refusal" in facts else None,
        "error": None if edit is None else error_of(edit),
        "result": event.get("data", {}).get("result"),
        "event_id": event.get("id"),
        "timeline": [{"at": iso(at), "what": what} for at, what in timeline(drop, edit)],
    }
    return data


def state_of(drop: DropRecord, edit: EditRecord | None) -> str:
    if "refusal" in drop:
        return "refused"
    if "parked" in drop and (edit is None or edit["state"] == State.RELEASED):
        return "parked"
    return "seen" if edit is None else str(edit["state"]).lower()


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


def _standing(found: Pairing) -> dict[str, Any]:
    match found:
        case Pair(image, sidecar):
            return {"is": "pair", "image": image.key, "sidecar": None if sidecar is None else sidecar.key}
        case TwoSidecars(image, sidecars):
            return {"is": "two_sidecars", "image": image.key, "sidecars": [one.key for one in sidecars]}
        case Crowded(image):
            return {"is": "crowded", "image": image.key}
        case Half(file):
            return {"is": "alone", "file": file.key}


def _half(stack: OperatorStack, key: str) -> dict[str, Any] | None:
    file = stack.submit.arrivals.files.get(key)
    if "half" not in file:
        return None
    waits = file.get("open") == "half"
    return {"waits": waits, "reported_at": iso(file.get("told_at")), "look_at": iso(file.get("look_at"))}


def _receipt(stack: OperatorStack, key: str) -> str | None:
    if not stack.submit.arrivals.files.get(key).get("receipt"):
        return None
    outbox = stack.submit.rejection.outbox
    return f"s3://{outbox.bucket}/{receipt_key(outbox.prefix, key)}"


def _of_stack(stack: OperatorStack, out: Output) -> Exit:
    """Everything at once: how many of each, what rests and why, slots and the circuit."""
    records = list(scan(stack, "edit", "drop", "file", "slot", "circuit"))
    found = entries_of(records)
    spent = sum(entry.money.usd for entry in found if entry.money.state == "charged")
    circuit = next((item for item in records if item["pk"].startswith("circuit#")), None)
    data = {
        "stack": stack.name,
        "states": dict(Counter(entry.state for entry in found)),
        "parked": dict(Counter(entry.note for entry in found if entry.state == "parked")),
        "slots": {"taken": _taken(records, stack.now()), "of": stack.environment.slots},
        "circuit": None if circuit is None else {"reason": circuit["reason"], "message": circuit["message"]},
        "charged_usd": spent,
        "inbox": stack.submit.inbox.bucket,
        "outbox": stack.environment.outbox_bucket,
    }
    out.answer(data, lambda console: _print_stack(console, data))
    return Exit.DONE


def _taken(records: Iterable[SlotRecord], now: int) -> int:
    return sum(1 for item in records if item["pk"].startswith("slot#") and item["lease_until"] >= now)


def _print_stack(console: Console, data: dict[str, Any]) -> None:
    rows = [("stack", data["stack"]), ("inbox", data["inbox"]), ("outbox", data["outbox"])]
    rows += [(state, count) for state, count in sorted(data["states"].items())]
    rows += [(f"parked for {reason}", count) for reason, count in sorted(data["parked"].items())]
    rows.append(("slots taken", f"{data['slots']['taken']} of {data['slots']['of']}"))
    circuit = data["circuit"]
    rows.append(("circuit", "closed" if circuit is None else f"open, {circuit['reason']}: {circuit['message']}"))
    rows.append(("charged", usd(data["charged_usd"])))
    console.print(table(("", ""), rows))


def _print(console: Console, data: dict[str, Any]) -> None:
    for one in data.get("inbox", ()):
        if one["is"] != "pair":
            console.print(f"In the inbox: {text(one.get('image') or one.get('file'))} ({one['is']})")
    half = data.get("half")
    if half is not None and half["waits"]:
        console.print(f"It waits for its other half and is reported at {half['look_at']}.")
    elif half is not None and half["reported_at"]:
        console.print(f"It was reported as unpaired at {half['reported_at']}.")
    if "edits" in data and not data["edits"] and data["inbox"]:
        console.print("No drop is on record yet. `depthdrop explain` says what would become of it.")
    for one in data["edits"]:
        _print_edit(console, one)
    if data.get("receipt"):
        console.print(f"Receipt: {text(data['receipt'])}")


def _print_edit(console: Console, one: dict[str, Any]) -> None:
    money = one["spend"]
    sums = {"none": "nothing charged", "charged": f"{usd(money['usd'])} charged"}
    cost = sums.get(money["state"], f"{usd(money['usd'])} may have been charged")
    console.print(f"{text(one['image'])}: {text(one['state'])}, {cost}")
    if one["edit_id"]:
        console.print(f"edit {text(one['edit_id'])}")
    console.print(table(("at", "what"), [(moment["at"], moment["what"]) for moment in one["timeline"]]))
    if one["parked"]:
        parked = one["parked"]
        console.print(f"It rests until {parked['not_before']}, {text(parked['reason'])}: {text(parked['message'])}")
    trouble = one["refusal"] or one["error"]
    if trouble:
        console.print(f"{text(trouble['message'])} {text(trouble['hint'])}")
    if one["result"]:
        console.print(f"Result: s3://{text(one['result']['bucket'])}/{text(one['result']['key'])}")
    if one["watched"] is not None:
        console.print("An execution watches its task." if one["watched"] else "No execution watches its task now.")
