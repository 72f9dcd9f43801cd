"""The circuit: while the key is refused or the balance is empty, nothing is sent but one probe at a time.

Closed means no record. It opens at once, on the first such refusal, and closes with the first answer that says
otherwise; a probe is one drop that is let through when its time has come.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from depthdrop.records.table import Table

if TYPE_CHECKING:
    from depthdrop.records.types import CircuitRecord

_PK = "circuit#upstream"


@dataclass(frozen=True, slots=True)
class Passage:
    """What the circuit says to one drop: `blocked` until `not_before`, or free to go, perhaps as its probe."""

    blocked: bool
    is_probe: bool = False
    reason: str = ""
    message: str = ""
    not_before: int = 0


_FREE = Passage(blocked=False)


@dataclass(frozen=True, slots=True)
class Circuit:
    """Times are epoch seconds; a probe is let through every `probe_seconds`."""

    table: Table
    probe_seconds: int

    def ask(self, now: int) -> Passage:
        """May a drop be sent? Of those who ask when a probe is due, one may."""
        record = self.current()
        if record is None:
            return _FREE
        due = record["probe_at"]
        if due <= now and self._take_probe(due, now):
            return Passage(blocked=False, is_probe=True)
        later = max(due, now + 1) if due > now else now + self.probe_seconds
        return Passage(blocked=True, reason=record["reason"], message=record["message"], not_before=later)

    def current(self) -> "CircuitRecord | None":
        """Why it is open, without taking the probe; None while it is closed."""
        return cast("CircuitRecord | None", self.table.get(_PK))

    def open(self, reason: str, message: str, now: int) -> bool:
        """Stop sending; an open circuit's next probe is put off. True when it was closed before."""
        facts = {"reason": reason, "message": message, "probe_at": now + self.probe_seconds}
        if self.table.put({"pk": _PK, "opened_at": now, **facts}, "attribute_not_exists(pk)") is None:
            return True
        self.table.update(_PK, facts, "attribute_exists(pk)")
        return False

    def close(self) -> None:
        self.table.delete(_PK, "attribute_exists(pk)")

    def _take_probe(self, due: int, now: int) -> bool:
        later = {"probe_at": now + self.probe_seconds}
        return self.table.update(_PK, later, "#probe_at = :due", {":due": due}) is None
