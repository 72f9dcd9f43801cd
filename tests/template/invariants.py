"""An invariant is a function that yields what is wrong, and mutants of the file that it must find wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")
Check = Callable[[S], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One replacement in a file's text: the first `old` that comes after the first `after`."""

    old: str
    new: str
    after: str = ""

    def of(self, text: str) -> str:
        """Raises ValueError when the file has changed so much that the mutant is no longer one."""
        at = text.index(self.old, text.index(self.after))
        return text[:at] + self.new + text[at + len(self.old) :]


@dataclass(frozen=True, slots=True)
class Invariant(Generic[S]):
    """What must hold; `check` yields one complaint for each place where it does not."""

    check: Check[S]
    mutants: tuple[Mutant, ...]

    def __str__(self) -> str:
        name: str = self.check.__name__
        return name


class Invariants(list[Invariant[S]]):
    """Those of one kind of file, in the order they are written."""

    def killing(self, *mutants: Mutant) -> Callable[[Check[S]], Check[S]]:
        """Register a check together with the mutants it must kill; at least one."""
        if not mutants:
            raise ValueError("a check that cannot fail is worthless: give it a mutant")

        def register(check: Check[S]) -> Check[S]:
            self.append(Invariant(check, mutants))
            return check

        return register

    def mutants(self) -> list[tuple[Invariant[S], Mutant]]:
        return [(invariant, mutant) for invariant in self for mutant in invariant.mutants]
