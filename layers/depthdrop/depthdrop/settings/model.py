"""A model, and the rules for its settings: which values it accepts, and the words for that. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from depthdrop.settings.picture_limits import USUAL, PictureLimits

_RATIO = r"([1-9][0-9]?):([1-9][0-9]?)"


@dataclass(frozen=True, slots=True)
class Rule:
    """The values that a setting accepts. `says` completes "takes" and its name: "takes steps from 15 to 50"."""

    says: str
    allows: Callable[[object], bool]


def limits(low: int, high: int, step: int = 1) -> Rule:
    """The lowest and the highest number, and the step that a number must be a multiple of."""

    def allows(value: object) -> bool:
        return isinstance(value, int | float) and low <= value <= high and (step == 1 or value % step == 0)

    return Rule(f"from {low} to {high}" + (f" in steps of {step}" if step > 1 else ""), allows)


def one_of(*words: str) -> Rule:
    return Rule(" or ".join(words), lambda value: value in words)


def ratio(wide: int, high: int) -> Rule:
    """`width:height`, neither more than `wide` to `high` of the other."""

    def allows(value: object) -> bool:
        found = re.fullmatch(_RATIO, value) if isinstance(value, str) else None
        if found is None:
            return False
        short, long = sorted((int(found[1]), int(found[2])))
        return long * high <= short * wide

    return Rule(f"as width:height, from {high}:{wide} to {wide}:{high}, for example 16:9", allows)


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the upstream.

    `price_usd` is the price of one request, `mean_seconds` its published mean time. From `sunset_on` on, the vendor
    no longer promises the model. `takes` has a rule for each setting that it accepts; `defaults` are always sent.
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
    picture: PictureLimits = USUAL

    def objection(self, name: str, value: object) -> str | None:
        """Why the model rejects this value, or None if it accepts it."""
        rule = self.takes.get(name)
        if rule is None:
            return f"takes no {name}"
        return None if rule.allows(value) else f"takes {name} {rule.says}"
