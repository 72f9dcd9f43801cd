"""The results of each group's mutants: printed for people, kept for the scorecard."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.protocol.mutation.mutants import Mutant
from tests.protocol.mutation.plan import Equivalent, Group
from tests.protocol.mutation.workshop import Verdict

KEPT = Path("build/mutation.json")


@dataclass(frozen=True, slots=True)
class Figures:
    """One group. The score is the share of mutants killed, suppressed ones aside, in percent."""

    group: str
    mutants: int
    killed: int
    suppressed: int
    survived: int
    target: float

    @property
    def score(self) -> float:
        return 100 * self.killed / max(self.killed + self.survived, 1)

    @property
    def met(self) -> bool:
        return self.mutants > 0 and self.score >= self.target

    def line(self) -> str:
        return (
            f"{self.group}: {self.mutants} mutants, {self.killed} killed, {self.suppressed} suppressed, "
            f"{self.survived} survived: {self.score:.1f} % of {self.target:g} %, {'pass' if self.met else 'FAIL'}"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts, by mutant, and the list of those that are said to be equivalent."""

    verdicts: Mapping[Mutant, Verdict]
    groups: tuple[Group, ...]
    equivalents: tuple[Equivalent, ...]

    def figures(self) -> list[Figures]:
        suppressed = {equivalent.name for equivalent in self.equivalents}
        found = []
        for group in self.groups:
            its = {mutant: verdict for mutant, verdict in self.verdicts.items() if group.has(mutant)}
            judged = [verdict for mutant, verdict in its.items() if mutant.name not in suppressed]
            killed = judged.count(Verdict.KILLED)
            found.append(
                Figures(group.name, len(its), killed, len(its) - len(judged), len(judged) - killed, group.target)
            )
        return found

    def mistakes(self) -> list[str]:
        """What is wrong with the list of equivalents."""
        by_name = {mutant.name: verdict for mutant, verdict in self.verdicts.items()}
        found = {equivalent.name: by_name.get(equivalent.name, "unknown") for equivalent in self.equivalents}
        return [
            f"suppressed, but {verdict}: {' | '.join(map(str, name))}"
            for name, verdict in found.items()
            if verdict is not Verdict.SURVIVED
        ]

    def suppressed(self) -> list[str]:
        return [
            f"suppressed: {one.where}: {one.was!r} becomes {one.becomes!r}: {one.reason}"
            for one in self.equivalents
        ]


def keep(figures: Iterable[Figures]) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    kept = [{**asdict(one), "score": round(one.score, 1), "pass": one.met} for one in figures]
    KEPT.write_text(json.dumps(kept, indent=2) + "\n")
