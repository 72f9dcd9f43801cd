"""Follows drops through the table to their ends, as `drop --wait` does."""

from collections.abc import Sequence
from typing import Any

from depthdrop_cli.commands.status import about
from depthdrop_cli.reading.records import edit_of, latest_drop
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit
from depthdrop_cli.terminal.output import Output

_LOOK_SECONDS = 1.0
_ENDS = frozenset({"succeeded", "failed", "ambiguous", "refused"})


def follow(
    stack: OperatorStack, out: Output, keys: Sequence[str], timeout: float
) -> tuple[Exit, list[dict[str, Any]]]:
    """Until every picture has its end or `timeout` seconds are over; prints each change of state."""
    ends: dict[str, dict[str, Any]] = {}
    open_keys, until = list(keys), stack.now() + timeout
    while True:
        for key in open_keys:
            before, ends[key] = ends.get(key), _end(stack, key)
            if before is None or before["state"] != ends[key]["state"]:
                out.say(f"{key}: {ends[key]['state']}{_because(ends[key])}")
        open_keys = [key for key in open_keys if ends[key]["state"] not in _ENDS]
        if not open_keys or stack.now() >= until:
            break
        stack.pause(_LOOK_SECONDS)
    if open_keys:
        out.say(f"{len(open_keys)} have no end yet; `depthdrop status KEY` says how they go on.")
        return Exit.STILL_GOING, list(ends.values())
    good = all(end["state"] == "succeeded" for end in ends.values())
    return (Exit.DONE if good else Exit.NOT_SO), list(ends.values())


def _end(stack: OperatorStack, key: str) -> dict[str, Any]:
    drop = latest_drop(stack, key)
    if drop is None:
        return {"key": key, "state": "uploaded", "edit_id": None, "output": None, "trouble": None}
    found = about(stack, drop, edit_of(stack, drop))
    result = found["result"]
    return {
        "key": key,
        "state": found["state"],
        "edit_id": found["edit_id"],
        "spend": found["spend"],
        "output": None if result is None else f"s3://{result['bucket']}/{result['key']}",
        "trouble": found["refusal"] or found["error"] or found["parked"],
    }


def _because(end: dict[str, Any]) -> str:
    error = end["trouble"]
    return f" ({error['message']} {error.get('hint', '')})".replace(" )", ")") if error else ""
