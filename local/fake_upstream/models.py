"""The models on the route, as one table: names, body rules, image field, price.

Only the depth price is CometAPI's own figure ($0.06 a request, grade C); the others are what Black Forest Labs
lists, as CometAPI publishes none (grade I).
"""

from dataclasses import dataclass
from decimal import Decimal

from local.fake_upstream.bodies import (
    CannyBody,
    DepthBody,
    Flux2Body,
    KontextBody,
    SubmitBody,
    TextBody,
)


@dataclass(frozen=True)
class Model:
    """One model: what it accepts and what it costs (USD a request)."""

    name: str
    aliases: tuple[str, ...]
    body: type[SubmitBody]
    price: Decimal


MODELS = (
    Model("flux-pro-1-0-depth", ("flux-pro-1.0-depth",), DepthBody, Decimal("0.06")),
    Model("flux-pro-1-0-canny", ("flux-pro-1.0-canny",), CannyBody, Decimal("0.06")),
    Model("flux-kontext-pro", (), KontextBody, Decimal("0.04")),
    Model("flux-kontext-max", (), KontextBody, Decimal("0.08")),
    Model("flux-pro-1.1", ("flux-pro-1-1",), TextBody, Decimal("0.04")),
    Model("flux-2-pro", (), Flux2Body, Decimal("0.045")),
)

BY_NAME = {name: model for model in MODELS for name in (model.name, *model.aliases)}


def find_model(name: str, withdrawn: frozenset[str]) -> Model | None:
    """The model called `name`, or None when it is unknown or withdrawn under any of its names."""
    model = BY_NAME.get(name)
    if model is None or withdrawn & {model.name, *model.aliases}:
        return None
    return model
