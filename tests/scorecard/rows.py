"""What a row of the scorecard says, and how it is printed and kept."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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


def keep(rows: Iterable[Row], card: Path = CARD) -> None:
    """Put these into the card, as JSON with the keys row, figure, target and pass; its other rows stay."""
    cards = {card["row"]: card for card in _kept(card)} | {row.row: _as_card(row) for row in rows}
    card.parent.mkdir(exist_ok=True)
    card.write_text(json.dumps([cards[number] for number in sorted(cards)], indent=2) + "\n")


def forget(card: Path = CARD) -> None:
    """A whole measurement starts with an empty card."""
    card.unlink(missing_ok=True)


def _kept(card: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(card.read_text()) if card.exists() else []
    return found


def _as_card(row: Row) -> dict[str, Any]:
    return {("pass" if name == "kept" else name): value for name, value in asdict(row).items()}
