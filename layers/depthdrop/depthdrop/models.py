"""The models an edit may ask for, as data.

Wire names, limits and prices are the vendor's (CometAPI's page for `flux-pro-1-0-depth` and Black Forest
Labs' schema for the same model). The page's title says `flux-pro-1.0-depth`, its path `flux-pro-1-0-depth`:
the hyphenated form goes on the wire, the dotted one is an alias.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType

from depthdrop.refusal import refuse, shown


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most a numeric setting may be, and the step it must be a multiple of."""

    low: float
    high: float
    step: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """One model on the upstream's route. `price_usd` is for one request."""

    name: str
    wire_name: str
    image_field: str
    depth_map_field: str | None
    price_usd: Decimal
    defaults: Mapping[str, object]
    limits: Mapping[str, Limits]
    median_seconds: float
    aliases: frozenset[str] = frozenset()
    output_formats: tuple[str, ...] = ("jpeg", "png")
    successor: str | None = None
    deprecated_on: date | None = None
    min_side_px: int = 256
    max_megapixels: float = 20.0
    max_base64_bytes: int = 20 * 1024 * 1024
    plain_settings: frozenset[str] = field(default_factory=frozenset)

    @property
    def accepted_settings(self) -> frozenset[str]:
        """Names of the settings that go on the wire for this model, besides prompt and picture."""
        return frozenset(self.limits) | self.plain_settings


DEPTH = Model(
    name="flux-pro-1.0-depth",
    wire_name="flux-pro-1-0-depth",
    aliases=frozenset({"flux-pro-1-0-depth"}),
    image_field="control_image",
    depth_map_field="preprocessed_image",
    price_usd=Decimal("0.06"),
    defaults=MappingProxyType(
        {
            "steps": 50,
            "guidance": 15.0,
            "output_format": "jpeg",
            "prompt_upsampling": False,
            "safety_tolerance": 2,
        }
    ),
    limits=MappingProxyType(
        {
            "steps": Limits(15, 50),
            "guidance": Limits(1, 100),
            "safety_tolerance": Limits(0, 6),
            "seed": Limits(0, 2**32 - 1),
            "width": Limits(256, 1440, step=32),
            "height": Limits(256, 1440, step=32),
        }
    ),
    plain_settings=frozenset({"output_format", "prompt_upsampling"}),
    median_seconds=15.0,
    successor="flux-kontext-pro",
    deprecated_on=date(2025, 10, 31),
)

MODELS: tuple[Model, ...] = (DEPTH,)
_BY_NAME = {name: model for model in MODELS for name in {model.name, *model.aliases}}


def model_named(name: str) -> Model:
    """The model with this name or alias.

    Raises RefusedError when there is none, naming the nearest.
    """
    found = _BY_NAME.get(name.strip().lower())
    if found is not None:
        return found
    near = get_close_matches(name, sorted(_BY_NAME), n=1)
    known = ", ".join(model.name for model in MODELS)
    raise refuse(
        "unknown_model",
        f"There is no model called {shown(name)} here.",
        f"Did you mean {near[0]}?" if near else f"Use one of: {known}.",
        field="model",
    )
