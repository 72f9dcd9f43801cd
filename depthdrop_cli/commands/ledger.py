"""`depthdrop ledger`: what was spent, and what of it was for nothing, from the table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console

from depthdrop.records.edits import State
from depthdrop.records.types import EditRecord
from depthdrop_cli.reading.entries import error_of, money_of
from depthdrop_cli.reading.records import scan
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, iso, table, usd

_AGO = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_UNKNOWN = "answer lost, may have been charged"


@dataclass(slots=True)
class Sum:
    count: int = 0
    usd: Decimal = Decimal(0)

    def add(self, amount: Decimal) -> None:
        self.count += 1
        self.usd += amount

    def as_data(self) -> dict[str, Any]:
        return {"count": self.count, "usd": self.usd}


def ledger(stack: OperatorStack, out: Output, since: str | None) -> Exit:
    start = None if since is None else since_seconds(since, stack.now())
    data = {"stack": stack.name, "since": iso(start), **account(scan(stack, "edit"), start)}
    out.answer(data, lambda console: _print(console, data))
    return Exit.DONE


def account(edits: Iterable[EditRecord], start: float | None) -> dict[str, Any]:
    """Sums over the edits that were paid for, or may have been, since then. Pure."""
    charged, unknown, waste, models = Sum(), Sum(), dict[str, Sum](), dict[str, Sum]()
    for edit in edits:
        money = money_of(edit)
        if money.state == "none" or (start is not None and _paid_at(edit) < start):
            continue
        (charged if money.state == "charged" else unknown).add(money.usd)
        models.setdefault(edit["model"], Sum()).add(money.usd)
        cause = _waste(edit)
        if cause is not None:
            waste.setdefault(cause, Sum()).add(money.usd)
    return {
        "charged": charged.as_data(),
        "unknown": unknown.as_data(),
        "by_model": _all(models),
        "waste": _all(waste),
    }


def since_seconds(text: str, now: int) -> float:
    """Epoch seconds of `7d`, `12h`, `2w`, a date or a moment; without a zone it is UTC. Raises UsageError."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--since takes 12h, 7d, 2w, a date or a moment such as 2026-06-30T08:00, not {text}."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _paid_at(edit: EditRecord) -> float:
    return float(edit.get("submitted_at") or edit.get("posted_at") or edit["created_at"])


def _waste(edit: EditRecord) -> str | None:
    """Why money bought no picture, or perhaps none; None while it still may, or when it did."""
    if edit["state"] == State.FAILED:
        return str((error_of(edit) or {}).get("code", "failed"))
    return _UNKNOWN if edit["state"] == State.AMBIGUOUS else None


def _all(sums: Mapping[str, Sum]) -> dict[str, Any]:
    return {name: one.as_data() for name, one in sorted(sums.items())}


def _print(console: Console, data: Mapping[str, Any]) -> None:
    rows = [("charged", data["charged"]), ("may have been charged", data["unknown"])]
    rows += [(f"  {name}", one) for name, one in data["by_model"].items()]
    rows += [(f"for nothing: {name}", one) for name, one in data["waste"].items()]
    console.print(table(("what", "edits", "cost"), [(name, one["count"], usd(one["usd"])) for name, one in rows]))
