"""What a line of the bench says, and how it is kept. Ours and the peer's were measured in pairs, in one run."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

BENCH = Path("build/bench.json")
PAIRS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One line, so without commas of its own. `peer` is None where nothing is to compare with."""

    name: str
    ours: float
    peer: float | None
    target: str
    kept: bool

    def __post_init__(self) -> None:
        if "," in self.name + self.target:
            raise ValueError(f"a line is cut at its commas: {self.name}, {self.target}")

    @property
    def ratio(self) -> float | None:
        return round(self.ours / self.peer, 3) if self.peer else None

    def as_json(self) -> dict[str, Any]:
        """With the keys name, ours, peer, ratio, target and pass."""
        found = asdict(self)
        return {**{key: found[key] for key in ("name", "ours", "peer")}, "ratio": self.ratio, **_end(self)}

    def line(self) -> str:
        said = ("-" if value is None else value for value in (self.ours, self.peer, self.ratio))
        return f"{self.name}, {', '.join(map(str, said))}, {self.target}, {'pass' if self.kept else 'FAIL'}"


def _end(figure: Figure) -> dict[str, Any]:
    return {"target": figure.target, "pass": figure.kept}


def middle(values: Iterable[float]) -> float:
    return round(median(values), 2)


def keep(figures: Iterable[Figure], file: Path = BENCH) -> None:
    """Put these into the file; the others that are in it stay."""
    kept = {one["name"]: one for one in _kept(file)} | {one.name: one.as_json() for one in figures}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(list(kept.values()), indent=2) + "\n")


def _kept(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text()) if file.exists() else []
    return found
