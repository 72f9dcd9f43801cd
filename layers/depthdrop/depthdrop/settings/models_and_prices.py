"""The models that an edit may use, as data: each model's name, settings and price, and warnings about it.

Sources, named beside the facts that they give:

- Comet: CometAPI's page "Flux Generate Image" (apidoc.cometapi.com/api/image/flux/flux-generate-image) and its page
  for each model (www.cometapi.com/models/flux/…). It takes jpeg and png of every model, and sizes in steps of 32.
- BFL: Black Forest Labs' schemas (api.bfl.ai/openapi.json of May 2026; docs.bfl.ml for the models gone from it).
- Prices: CometAPI's own is known for depth alone. The others are BFL's list (docs.bfl.ml/quick_start/pricing), from
  which a reseller's bill may differ.

A fact without a source is marked as an assumption. The limits of every model (at least 256 pixels a side, at most
20 megapixels and 20 MiB of base64) are those in other clients' code.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches

from depthdrop.drop.refusal import refuse, shown
from depthdrop.settings.model import Model, Rule, limits, one_of, ratio

_SEED = limits(0, 2**32 - 1)  # assumption: BFL says only "integer", and its results hold seeds of 32 bits
_SIDE = limits(256, 1440, step=32)  # BFL, of flux-pro-1.1
_FORMATS = one_of("jpeg", "png")  # Comet
_MOST_TAKE: dict[str, Rule] = {
    "seed": _SEED,
    "output_format": _FORMATS,
    "prompt_upsampling": Rule("true or false", lambda value: isinstance(value, bool)),
    "safety_tolerance": limits(0, 6),
}
_BFL_DEPRECATION = date(2025, 10, 31)  # BFL, of depth; canny left its schemas with it

DEPTH = Model(
    name="flux-pro-1.0-depth",
    wire_name="flux-pro-1-0-depth",  # Comet: the page's title has dots, its model id and path have hyphens
    keeps="the scene's depth; restyles everything else",
    image_field="control_image",
    depth_map_field="preprocessed_image",
    price_usd=Decimal("0.06"),
    price_source="CometAPI",
    mean_seconds=19.0,
    takes={
        **_MOST_TAKE,
        "steps": limits(15, 50),
        "guidance": limits(1, 100),
        "width": _SIDE,  # assumption: Comet's example sends a size, BFL's schema has none
        "height": _SIDE,
        "depth_map": Rule("a picture beside the image", lambda value: isinstance(value, str)),
    },
    defaults={
        "steps": 50,
        "guidance": 15.0,  # sent always: published defaults are 15 and 30
        "output_format": "jpeg",
        "prompt_upsampling": False,
        "safety_tolerance": 2,
    },
    sunset_on=_BFL_DEPRECATION,
    successor="flux-kontext-pro",
)

# BFL: docs.bfl.ml's page for its finetuned sister. The thresholds of its edge detection are left as they are.
# Assumptions: its price, its mean time and its sunset are those of depth.
CANNY = replace(
    DEPTH,
    name="flux-pro-1.0-canny",
    wire_name="flux-pro-1-0-canny",  # Comet
    keeps="the scene's edges; restyles everything else",
    depth_map_field=None,
    price_source="assumed: that of depth, as in Black Forest Labs' old list",
    takes={name: rule for name, rule in DEPTH.takes.items() if name not in {"width", "height", "depth_map"}},
    defaults={**DEPTH.defaults, "guidance": 30.0},
)

# BFL: FluxKontextProInputs. A legacy model by BFL's own words, which point to flux-2-pro; no date is given.
KONTEXT_PRO = Model(
    name="flux-kontext-pro",
    wire_name="flux-kontext-pro",
    keeps="everything that the prompt does not mention",
    image_field="input_image",
    price_usd=Decimal("0.04"),
    price_source="Black Forest Labs' list",
    mean_seconds=15.0,
    takes={**_MOST_TAKE, "aspect_ratio": ratio(7, 3)},  # BFL: help.bfl.ai, "Aspect Ratios and Output Dimensions"
    defaults={"output_format": "png", "prompt_upsampling": False, "safety_tolerance": 2},
    successor="flux-2-pro",
)

# Comet. Assumptions: its mean time and its successor are those of pro; BFL names a successor of pro alone.
KONTEXT_MAX = replace(KONTEXT_PRO, name="flux-kontext-max", wire_name="flux-kontext-max", price_usd=Decimal("0.08"))

# BFL: FluxPro11Inputs. The picture is a hint of content and style; its layout is not kept.
# Assumptions: its mean time and its successor, the current model of the same family, are those of Kontext.
FLUX_1_1_PRO = replace(
    KONTEXT_PRO,
    name="flux-pro-1.1",
    wire_name="flux-pro-1.1",  # Comet
    keeps="the picture's style and content, not its layout",
    image_field="image_prompt",
    takes={**_MOST_TAKE, "width": _SIDE, "height": _SIDE},
    defaults={"output_format": "jpeg", "prompt_upsampling": False, "safety_tolerance": 2},
)

# BFL: Flux2Inputs. BFL bills it by the megapixels of both pictures; the price here is for one megapixel each.
# Assumption: its mean time is that of Kontext.
FLUX_2_PRO = replace(
    KONTEXT_PRO,
    name="flux-2-pro",
    wire_name="flux-2-pro",  # assumption: BFL's name, like Comet's for its sisters
    price_usd=Decimal("0.045"),
    price_source="Black Forest Labs' list, for 1 megapixel in and out; more costs more",
    takes={
        "seed": _SEED,
        "output_format": _FORMATS,
        "safety_tolerance": limits(0, 5),
        "width": limits(256, 2048, step=32),  # BFL: help.bfl.ai; in steps of 16 there
        "height": limits(256, 2048, step=32),
    },
    defaults={"output_format": "jpeg", "safety_tolerance": 2},
    successor=None,
)

MODELS: tuple[Model, ...] = (DEPTH, CANNY, KONTEXT_PRO, KONTEXT_MAX, FLUX_1_1_PRO, FLUX_2_PRO)
CHEAPEST_USD = min(model.price_usd for model in MODELS)
_BY_NAME = {name: model for model in MODELS for name in {model.name, model.name.replace(".", "-")}}


def model_named(name: str, asked_by: str = "The stack") -> Model:
    """The model of this name, dots or hyphens in it. Raises RefusedError with `asked_by` and a similar name."""
    found = _BY_NAME.get(name.strip().lower())
    if found is not None:
        return found
    near = get_close_matches(name[:100].strip().lower(), sorted(_BY_NAME), n=1)
    known = ", ".join(model.name for model in MODELS)
    message = f"{asked_by} asks for the model {shown(name)}, which is not offered here."
    hint = f"Did you mean {_BY_NAME[near[0]].name}?" if near else f"Use one of: {known}."
    raise refuse("unknown_model", message, hint, field="model")


def warnings_of(model: str, asked_model: str | None, at: float) -> list[str]:
    """Warnings for an edit that began at this moment (epoch seconds)."""
    warnings = []
    if asked_model is not None:
        warnings.append(f"{asked_model} was withdrawn; {model} took its place.")
    known = _BY_NAME.get(model)  # None for a model in a record that an upgrade has since removed
    if known and known.sunset_on and known.sunset_on <= datetime.fromtimestamp(at, UTC).date():
        advice = f"; its successor is {known.successor}" if known.successor else ""
        since = f"{model} was deprecated by its vendor on {known.sunset_on}"
        warnings.append(f"{since} and may be withdrawn at any time{advice}.")
    return warnings
