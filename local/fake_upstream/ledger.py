"""The ledger: every charge, and whether the client got the answer to it.

Money is `Decimal` from the price list to the sum, and never a float.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

# sent: an answer with an id went out. unclear: an answer that names no usable id went out.
# lost: the connection broke or stalled instead of an answer.
Answer = Literal["sent", "unclear", "lost"]

PROMPT_CHARS = 80


@dataclass(frozen=True)
class Charge:
    """One charge. `usd` is a decimal string, `charged_at` ISO 8601 in UTC."""

    task_id: str
    model: str
    usd: str
    charged_at: str
    image_sha256: str
    prompt_sha256: str
    prompt: str
    seed: int
    answer: Answer


class Ledger:
    """Charges in memory and, when a path is given, appended to a JSONL file.

    An existing file is appended to, never read or rewritten: the sums in memory are of this run alone.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.charges: list[Charge] = []  # this run's, oldest first

    @property
    def count(self) -> int:
        """The number of charges."""
        return len(self.charges)

    @property
    def usd_total(self) -> Decimal:
        """Their exact sum in USD."""
        return total(charge.usd for charge in self.charges)

    def add(self, charge: Charge) -> None:
        """Record a charge: first in the file, so that a charge that a full disk loses is not counted."""
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(charge)) + "\n")
        self.charges.append(charge)

    def as_json(self) -> dict[str, Any]:
        """The answer of `GET /admin/ledger`."""
        charges = [asdict(charge) for charge in self.charges]
        return {"charges": charges, "count": self.count, "usd_total": str(self.usd_total)}


def total(amounts: Iterable[str]) -> Decimal:
    """The exact sum of decimal strings, with two decimals or more."""
    return sum(map(Decimal, amounts), Decimal("0.00"))


def digest(text: str) -> str:
    """SHA-256 of a text, as the ledger writes it."""
    return hashlib.sha256(text.encode()).hexdigest()
