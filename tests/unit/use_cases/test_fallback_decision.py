"""A drop whose model was withdrawn becomes an edit of the fallback, or is refused with a reason."""

import json
from typing import Any

import pytest

from depthdrop.drop.identities import edit_id
from depthdrop.drop.refusal import Refusal
from depthdrop.inbox.order import Order
from depthdrop.records.types import Resolved
from depthdrop.settings.edit_settings import BUILT_IN, EditSettings, Layer, resolve, wire_settings
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import CANNY, DEPTH, FLUX_2_PRO, KONTEXT_PRO
from depthdrop.upstream.request import PostRequest
from depthdrop.use_cases.fallback import FALLBACK, fallback_or_refusal
from tests.support.records import part

DROP: dict[str, Any] = {"drop_id": "d", "image_key": "a/b.jpg", "edit_id": "e"}


def _order(model: Model = DEPTH, preset: dict[str, object] | None = None, **asked: object) -> Order:
    layers = [Layer("a/_preset.yaml", preset or {}), Layer("a/b.yaml", {"prompt": "ink", **asked})]
    resolved = resolve(model.name, layers)
    request = PostRequest(model.wire_name, wire_settings(resolved.values, model), {})
    return Order("e", resolved.values, dict(resolved.origins), model, request, "image", None)


def _facts(order: Order, fallback: Model = KONTEXT_PRO) -> Resolved:
    instead = fallback_or_refusal(order, part(DROP), fallback, "no channel.")
    assert isinstance(instead, dict)
    return instead


def _refused(order: Order, drop: dict[str, Any] = DROP, fallback: Model | None = KONTEXT_PRO) -> Refusal:
    instead = fallback_or_refusal(order, part(drop), fallback, "no channel.")
    assert isinstance(instead, Refusal)
    return instead


def test_the_fallbacks_edit_is_the_one_that_a_sidecar_asking_for_it_would_buy() -> None:
    facts = _facts(_order(seed=7, metadata={"order": "7"}))
    asked = resolve(DEPTH.name, [Layer("b", {"prompt": "ink", "seed": 7, "model": "flux-kontext-pro"})]).values

    assert facts["edit_id"] == edit_id("image", None, "a/b.jpg", asked.bought())
    assert facts["edit_id"] != edit_id("image", None, "a/b.jpg", _order(seed=7).settings.bought())
    assert facts["asked_model"] == "flux-pro-1.0-depth"
    settings = EditSettings.model_validate_json(facts["settings"])
    assert settings == asked.model_copy(update={"metadata": {"order": "7"}})


def test_built_in_values_become_the_fallbacks_own_and_what_was_asked_for_stays() -> None:
    facts = _facts(_order(preset={"safety_tolerance": 4}, output_format="jpeg"))
    settings, origins = json.loads(facts["settings"]), json.loads(facts["origins"])

    assert (settings["safety_tolerance"], settings["output_format"]) == (4, "jpeg")
    assert "steps" not in settings
    assert origins == {
        "prompt": "a/b.yaml",
        "output_format": "a/b.yaml",
        "safety_tolerance": "a/_preset.yaml",
        "prompt_upsampling": BUILT_IN,
        "model": FALLBACK,
    }


def test_a_setting_that_the_fallback_does_not_take_ends_the_drop_with_all_the_reasons() -> None:
    refusal = _refused(_order(steps=20, guidance=9, safety_tolerance=6), fallback=FLUX_2_PRO)

    assert refusal.code == "model_withdrawn"
    assert refusal.message == (
        "The upstream no longer offers flux-pro-1.0-depth. The fallback flux-2-pro cannot take its place: it takes "
        "no steps and takes no guidance and takes safety_tolerance from 0 to 5. The upstream said: no channel."
    )
    assert refusal.hint == "Leave out steps and guidance and safety_tolerance, or ask for another model."
    assert refusal.field == "steps"


def test_a_drop_with_a_depth_map_is_refused_by_a_fallback_that_takes_none() -> None:
    assert "takes no depth_map" in _refused(_order(depth_map="map.png")).message


@pytest.mark.parametrize(
    ("order", "fallback"), [(_order(), None), (_order(KONTEXT_PRO), KONTEXT_PRO)], ids=["off", "itself withdrawn"]
)
def test_without_a_fallback_the_successor_is_named(order: Order, fallback: Model | None) -> None:
    refusal = _refused(order, fallback=fallback)

    assert refusal.message == f"The upstream no longer offers {order.model.name}: no channel."
    assert refusal.hint == f"Its successor is {order.model.successor}."
    assert refusal.field == "model"


def test_without_a_successor_there_is_other_advice() -> None:
    assert _refused(_order(FLUX_2_PRO), fallback=None).hint == "Ask for another model."


def test_a_drop_falls_back_once() -> None:
    refusal = _refused(_order(KONTEXT_PRO), {**DROP, "asked_model": "flux-pro-1.0-depth"}, FLUX_2_PRO)

    assert refusal.message == (
        "The upstream offers neither flux-pro-1.0-depth nor its fallback flux-kontext-pro: no channel."
    )


def test_a_model_may_be_the_fallback_of_another_that_takes_the_same_settings() -> None:
    settings = json.loads(_facts(_order(CANNY, steps=20), DEPTH)["settings"])

    assert (settings["model"], settings["steps"], settings["guidance"]) == ("flux-pro-1.0-depth", 20, 15.0)
