"""The models as data, and the names that people may give them."""

from datetime import date
from decimal import Decimal

import pytest

from depthdrop.settings.edit_settings import EditSettings
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import DEPTH, FLUX_2_PRO, KONTEXT_PRO, MODELS, model_named
from tests.support.refused import refusal_of


@pytest.mark.parametrize(
    "name", ["flux-pro-1.0-depth", "flux-pro-1-0-depth", "FLUX-Pro-1.0-Depth", " flux-pro-1-0-depth\n"]
)
def test_the_dotted_and_the_hyphenated_name_are_one_model(name: str) -> None:
    assert model_named(name) is DEPTH


@pytest.mark.parametrize(
    ("name", "wire_name", "image_field", "price"),
    [
        ("flux-pro-1.0-depth", "flux-pro-1-0-depth", "control_image", "0.06"),
        ("flux-pro-1.0-canny", "flux-pro-1-0-canny", "control_image", "0.06"),
        ("flux-kontext-pro", "flux-kontext-pro", "input_image", "0.04"),
        ("flux-kontext-max", "flux-kontext-max", "input_image", "0.08"),
        ("flux-pro-1.1", "flux-pro-1.1", "image_prompt", "0.04"),
        ("flux-2-pro", "flux-2-pro", "input_image", "0.045"),
    ],
)
def test_each_model_has_its_name_on_the_wire_its_image_field_and_its_price(
    name: str, wire_name: str, image_field: str, price: str
) -> None:
    model = model_named(name)

    assert (model.wire_name, model.image_field, model.price_usd) == (wire_name, image_field, Decimal(price))
    assert model_named(wire_name) is model


def test_those_are_all_the_models_and_depth_is_the_first() -> None:
    assert len(MODELS) == 6
    assert MODELS[0] is DEPTH


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("flux-pro-depth", "flux-pro-1.0-depth"),
        ("flux-pro-1-0-dept", "flux-pro-1.0-depth"),
        ("flux-kontext", "flux-kontext-pro"),
        (" FLUX-2-PRO-preview", "flux-2-pro"),
    ],
)
def test_the_refusal_of_a_misspelt_model_names_the_nearest(name: str, near: str) -> None:
    refusal = refusal_of(lambda: model_named(name, "b.yaml"))

    assert refusal.hint == f"Did you mean {near}?"
    assert refusal.message == f"b.yaml asks for the model {name!r}, which is not offered here."


def test_an_unlike_model_is_answered_with_the_list() -> None:
    refusal = refusal_of(lambda: model_named("zzz"))

    assert refusal.message.startswith("The stack asks for ")
    assert refusal.hint == f"Use one of: {', '.join(model.name for model in MODELS)}."


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_accepts_its_own_defaults(model: Model) -> None:
    assert {name: model.objection(name, value) for name, value in model.defaults.items()} == dict.fromkeys(
        model.defaults
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_setting_that_a_model_takes_may_be_in_a_sidecar(model: Model) -> None:
    assert set(model.takes) <= set(EditSettings.model_fields)
    assert ("depth_map" in model.takes) == (model.depth_map_field is not None)


def test_no_two_models_share_a_name() -> None:
    names = [name for model in MODELS for name in {model.name, model.name.replace(".", "-")}]

    assert len(names) == len(set(names))
    assert all(name == name.strip().lower() for name in names)


def test_every_successor_is_a_model_that_stays() -> None:
    for model in MODELS:
        assert model.successor is None or model_named(model.successor).sunset_on is None
        assert model.sunset_on is None or model.successor is not None


def test_depth_and_canny_were_deprecated_in_2025_and_the_others_were_not() -> None:
    dates = {model.name: model.sunset_on for model in MODELS if model.sunset_on}

    assert dates == dict.fromkeys(["flux-pro-1.0-depth", "flux-pro-1.0-canny"], date(2025, 10, 31))


def test_guidance_is_always_sent_because_published_defaults_disagree() -> None:
    assert [model.defaults["guidance"] for model in MODELS if "guidance" in model.takes] == [15.0, 30.0]


@pytest.mark.parametrize(
    ("model", "name", "value", "reason"),
    [
        (KONTEXT_PRO, "steps", 50, "takes no steps"),
        (FLUX_2_PRO, "safety_tolerance", 6, "takes safety_tolerance from 0 to 5"),
        (FLUX_2_PRO, "safety_tolerance", 5, None),
        (DEPTH, "safety_tolerance", 6, None),
        (DEPTH, "depth_map", "map.png", None),
    ],
)
def test_a_model_says_why_it_rejects_a_value(model: Model, name: str, value: object, reason: str | None) -> None:
    assert model.objection(name, value) == reason
