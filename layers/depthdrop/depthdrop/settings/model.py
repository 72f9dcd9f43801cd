"""Rules for one setting of one model: whether a value is taken, and how to say what is. Pure."""

import re
from dataclasses import dataclass
from typing import Protocol

_RATIO = r"([1-9][0-9]?):([1-9][0-9]?)"


class Rule(Protocol):
    """`says` goes on after the setting's name: "takes steps from 15 to 50"."""

    def allows(self, value: object) -> bool: ...

    def says(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most a number may be, and the step it must be a multiple of."""

    low: int
    high: int
    step: int = 1

    def allows(self, value: object) -> bool:
        if not isinstance(value, int | float) or not self.low <= value <= self.high:
            return False
        return self.step == 1 or value % self.step == 0

    def says(self) -> str:
        return f"from {self.low} to {self.high}" + (f" in steps of {self.step}" if self.step > 1 else "")


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these words."""

    words: tuple[str, ...]

    def allows(self, value: object) -> bool:
        return value in self.words

    def says(self) -> str:
        return " or ".join(self.words)


@dataclass(frozen=True, slots=True)
class Ratio:
    """`width:height`, neither more than `wide` to `high` of the other."""

    wide: int
    high: int

    def allows(self, value: object) -> bool:
        found = re.fullmatch(_RATIO, value) if isinstance(value, str) else None
        if found is None:
            return False
        short, long = sorted((int(found[1]), int(found[2])))
        return long * self.high <= short * self.wide

    def says(self) -> str:
        return f"as width:height, from {self.high}:{self.wide} to {self.wide}:{self.high}, for example 16:9"


@dataclass(frozen=True, slots=True)
class Typed:
    """Whatever has the setting's type; `what` is for people."""

    what: str

    def allows(self, value: object) -> bool:
        return value is not None

    def says(self) -> str:
        return self.what
