"""All pairs of faults on one drop's straight way: each fate of each call, then each fate of each later call."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.protocol.faults.way import FATES, Call, Way
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.support.fates import Fate

_PROCESSES = 2


@dataclass
class Tally:
    """`broken` has a sentence for each run that broke a promise."""

    runs: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.runs += other.runs
        self.ends += other.ends
        self.broken += other.broken


def struck(fates: Mapping[int, Fate]) -> Way:
    """A drop whose calls of these numbers come to these fates. Raises BrokenPromiseError."""
    way = Way(lambda call: fates.get(call.number, Fate.WELL))
    way.go()
    return way


def straight_calls() -> list[Call]:
    return struck({}).calls


def singles() -> Iterator[tuple[int, Fate]]:
    return ((call.number, fate) for call in straight_calls() for fate in FATES)


def pairs_after(first: tuple[int, Fate], every: int = 1) -> Tally:
    """A fault, alone and with each second one after it; `every` takes a sample of the second ones."""
    tally = Tally()
    way = _try({first[0]: first[1]}, tally)
    if way is None:
        return tally
    seconds = [(call.number, fate) for call in way.calls[first[0] + 1 :] for fate in FATES]
    for number, fate in seconds[(first[0] + FATES.index(first[1])) % every :: every]:
        _try({first[0]: first[1], number: fate}, tally)
    return tally


def all_pairs() -> Tally:
    tally = Tally()
    with ProcessPoolExecutor(_PROCESSES, get_context("spawn")) as pool:
        for part in pool.map(pairs_after, singles(), chunksize=5):
            tally.add(part)
    return tally


def _try(fates: dict[int, Fate], tally: Tally) -> Way | None:
    tally.runs += 1
    try:
        way = struck(fates)
    except BrokenPromiseError as error:
        faults = ", ".join(f"call {number} {fate}" for number, fate in fates.items())
        tally.broken.append(f"{faults}: {error}")
        return None
    tally.ends.update(way.states())
    return way
