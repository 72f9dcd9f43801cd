"""`depthdrop ledger`: sums up from the table what was spent, and what was spent without a result."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from depthdrop.records.edits import State
from depthdrop.records.types import EditRecord
from depthdrop_cli.reading.entries import data_of, money_of
from depthdrop_cli.reading.records import scan
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, iso, table, usd

_AGO = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_UNKNOWN = "answer lost, may have been charged"


def ledger(
    stack: OperatorStack,
    out: Output,
    since: Annotated[str | None, typer.Option(help="12h, 7d, 2w, a date, or a date and time.")] = None,
) -> Exit:
    """Sum up what was charged, may have been charged, and brought no result. Reads the whole table."""
    start = None if since is None else since_seconds(since, stack.now())
    data = {"stack": stack.name, "since": iso(start), **account(scan(stack, "edit"), start)}
    sums = [("charged", data["charged"]), ("may have been charged", data["unknown"])]
    sums += [(f"  {name}", total) for name, total in data["by_model"].items()]
    sums += [(f"without a result: {name}", total) for name, total in data["waste"].items()]
    rows = [(name, total["count"], usd(total["usd"])) for name, total in sums]
    out.answer(data, [table(("item", "edits", "cost"), rows)])
    return Exit.DONE


def account(edits: Iterable[EditRecord], start: float | None) -> dict[str, Any]:
    """`count` and `usd` of the edits that were or may have been paid for since `start` (epoch seconds). Pure."""
    states, models, waste = (defaultdict[str, Any](lambda: {"count": 0, "usd": Decimal(0)}) for _ in range(3))
    for edit in edits:
        money = money_of(edit)
        if money.state == "none" or (start is not None and _paid_at(edit) < start):
            continue
        for sums, name in ((states, money.state), (models, edit["model"]), (waste, _waste(edit))):
            if name is not None:
                sums[name]["count"] += 1
                sums[name]["usd"] += money.usd
    return {
        "charged": states["charged"],
        "unknown": states["unknown"],
        "by_model": dict(sorted(models.items())),
        "waste": dict(sorted(waste.items())),
    }


def since_seconds(text: str, now: int) -> float:
    """Epoch seconds of `7d`, `12h`, `2w`, a date, or a date and time (UTC by default). Raises UsageError."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--since takes 12h, 7d, 2w, a date, or a date and time such as 2026-06-30T08:00, not {text}."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _paid_at(edit: EditRecord) -> float:
    return float(edit.get("submitted_at") or edit.get("posted_at") or edit["created_at"])


def _waste(edit: EditRecord) -> str | None:
    """Why the money bought no picture, or may not have; None if it did or the edit is still running."""
    if edit["state"] == State.FAILED:
        return str(data_of(edit).get("error", {}).get("code", "failed"))
    return _UNKNOWN if edit["state"] == State.AMBIGUOUS else None
