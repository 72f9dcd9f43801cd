"""What is known of one model, and rules for its settings: whether a value is taken, and how to say so. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_RATIO = r"([1-9][0-9]?):([1-9][0-9]?)"


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most a number may be, and the step it must be a multiple of."""

    low: int
    high: int
    step: int = 1

    def allows(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high and (self.step == 1 or value % self.step == 0)

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


Rule = Limits | OneOf | Ratio | Typed
"""`says` completes "takes" and the setting's name: "takes steps from 15 to 50"."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model on the upstream's route.

    `price_usd` is for one request, `mean_seconds` what one takes by what is published. From `sunset_on` on its
    vendor no longer promises it. `takes` has a rule for each setting that it takes; `defaults` are always sent.
    """

    name: str
    wire_name: str
    keeps: str
    image_field: str
    price_usd: Decimal
    price_source: str
    mean_seconds: float
    takes: Mapping[str, Rule]
    defaults: Mapping[str, object]
    depth_map_field: str | None = None
    sunset_on: date | None = None
    successor: str | None = None
    min_side_px: int = 256
    max_megapixels: float = 20.0
    max_base64_bytes: int = 20 * 1024 * 1024

    def objection(self, name: str, value: object) -> str | None:
        """Why the model rejects this value, or None if it accepts it."""
        rule = self.takes.get(name)
        if rule is None:
            return f"takes no {name}"
        return None if rule.allows(value) else f"takes {name} {rule.says()}"
