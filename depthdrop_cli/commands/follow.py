"""Follows drops through the table to their ends, as `drop --wait` does."""

from collections.abc import Sequence
from typing import Any

from depthdrop.records.types import DropRecord
from depthdrop_cli.commands.status import about
from depthdrop_cli.reading.records import drops_at, edit_of
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit
from depthdrop_cli.terminal.output import Output

_LOOK_SECONDS = 1.0
_ENDS = frozenset({"succeeded", "failed", "ambiguous", "refused"})


def follow(
    stack: OperatorStack, out: Output, keys: Sequence[str], patience: float
) -> tuple[Exit, list[dict[str, Any]]]:
    """Until every picture has its end or so many seconds are over; each change of state is told as it comes."""
    ends = {key: _end(stack, key) for key in keys}
    told: dict[str, str] = {}
    until = stack.now() + patience
    while True:
        for key, end in ends.items():
            if told.get(key) != end["state"]:
                told[key] = end["state"]
                out.say(f"{key}: {end['state']}{_because(end)}")
        open_keys = [key for key, end in ends.items() if end["state"] not in _ENDS]
        if not open_keys or stack.now() >= until:
            break
        stack.pause(_LOOK_SECONDS)
        ends |= {key: _end(stack, key) for key in open_keys}
    if open_keys:
        out.say(f"{len(open_keys)} have no end yet; `depthdrop status KEY` says how they go on.")
        return Exit.STILL_GOING, list(ends.values())
    good = all(end["state"] == "succeeded" for end in ends.values())
    return (Exit.DONE if good else Exit.NOT_SO), list(ends.values())


def _end(stack: OperatorStack, key: str) -> dict[str, Any]:
    drop = drop_of(stack, key)
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


def drop_of(stack: OperatorStack, key: str) -> DropRecord | None:
    """The latest drop of what stands at this key now; None until submit has seen it."""
    drops = [drop for found in stack.submit.inbox.pairings(key) for drop in drops_at(stack, found)]
    return drops[-1] if drops else None


def _because(end: dict[str, Any]) -> str:
    trouble = end["trouble"]
    return f" ({trouble['message']} {trouble.get('hint', '')})".replace(" )", ")") if trouble else ""
