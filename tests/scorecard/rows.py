"""What a row of the scorecard says, and how it is printed and kept."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

CARD = Path("build/scorecard.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `kept` says whether the figure meets the target."""

    row: int
    figure: str
    target: str
    kept: bool

    def line(self) -> str:
        return f"{self.row}, {self.figure}, {self.target}, {'pass' if self.kept else 'FAIL'}"


def write(rows: Iterable[Row]) -> None:
    """The rows as JSON, with the keys row, figure, target and pass."""
    CARD.parent.mkdir(exist_ok=True)
    cards = [{("pass" if name == "kept" else name): value for name, value in asdict(row).items()} for row in rows]
    CARD.write_text(json.dumps(cards, indent=2) + "\n")
