"""What was played in a run, so that a degenerate generator is noticed."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.protocol.schedules.play import Play
from tests.protocol.schedules.upstream import POSTS, TASKS

REPORT = Path("build/schedules.json")
SHORTEST_MEDIAN = 15
AT_LEAST = 0.01  # of the schedules, for each kind of fault: 500 of 50,000
LEAST_BUSY = 0.5
FATES = ("killed before", "killed after", "never arrived", "answer lost", "SDK retry")
ELSE = ("clock skew", "outlived lease", "duplicate", "overwrite", "dropped again", "key refused", "balance empty")
KINDS = (*FATES, *ELSE, "dead letter", *POSTS, *TASKS)


@dataclass
class Statistics:
    schedules: int = 0
    steps: list[int] = field(default_factory=list)
    busy: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, play: Play) -> None:
        self.schedules += 1
        self.steps.append(play.steps)
        self.busy += play.busiest > 1
        self.counts.update(play.world.counts)

    @property
    def median_steps(self) -> float:
        return median(self.steps)

    @property
    def busy_share(self) -> float:
        return self.busy / self.schedules

    def too_rare(self) -> dict[str, int]:
        """Kinds of fault that came too seldom, with their counts."""
        return {kind: self.counts[kind] for kind in KINDS if self.counts[kind] < AT_LEAST * self.schedules}

    def text(self) -> str:
        kinds = ", ".join(f"{kind} {self.counts[kind]}" for kind in KINDS)
        return (
            f"{self.schedules} schedules, median length {self.median_steps:g} steps, two or more workers active in "
            f"{self.busy_share:.0%}, {self.counts['ambiguous edits']} ambiguous edits\n{kinds}"
        )

    def write(self) -> None:
        REPORT.parent.mkdir(exist_ok=True)
        facts = {
            "schedules": self.schedules,
            "median_steps": self.median_steps,
            "busy_share": self.busy_share,
            "too_rare": self.too_rare(),
            "counts": dict(self.counts),
        }
        REPORT.write_text(json.dumps(facts, indent=2))
