"""The row that the bench's memory figures decide."""

from collections.abc import Iterable

from tests.bench import memory
from tests.bench.figures import Figure
from tests.scorecard.rows import Row

_TARGET = f"growth of peak memory at most {memory.MOST_MIB:.0f} MiB each"


def rows() -> list[Row]:
    return [row_of(memory.figures())]


def row_of(figures: Iterable[Figure]) -> Row:
    """Medians; whether each single measure of ours was small enough is in the figures."""
    found = list(figures)
    said = "; ".join(f"{one.name}: {one.ours} against {one.peer}" for one in found)
    return Row(18, said, _TARGET, kept=bool(found) and all(one.kept for one in found))
