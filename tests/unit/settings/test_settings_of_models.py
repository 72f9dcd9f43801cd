"""Each model takes its own settings; any other setting is refused before paying, whichever file holds it."""

from typing import Any

import pytest

from depthdrop.drop.refusal import Refusal
from depthdrop.settings.edit_settings import BUILT_IN, EditSettings, Layer, ResolvedSettings, resolve, wire_settings
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import MODELS
from tests.support.refused import refusal_of

# A value of each model-dependent setting that every model takes, if it takes the setting at all.
GOOD: dict[str, Any] = {
    "seed": 7,
    "steps": 20,
    "guidance": 20,
    "output_format": "png",
    "prompt_upsampling": True,
    "safety_tolerance": 1,
    "width": 512,
    "height": 768,
    "aspect_ratio": "16:9",
    "depth_map": "map.png",
}
TAKEN = {
    "flux-pro-1.0-depth": set(GOOD) - {"aspect_ratio"},
    "flux-pro-1.0-canny": {"seed", "steps", "guidance", "output_format", "prompt_upsampling", "safety_tolerance"},
    "flux-kontext-pro": {"seed", "output_format", "prompt_upsampling", "safety_tolerance", "aspect_ratio"},
    "flux-kontext-max": {"seed", "output_format", "prompt_upsampling", "safety_tolerance", "aspect_ratio"},
    "flux-pro-1.1": {"seed", "output_format", "prompt_upsampling", "safety_tolerance", "width", "height"},
    "flux-2-pro": {"seed", "output_format", "safety_tolerance", "width", "height"},
}
KONTEXT = Layer("b.yaml", {"prompt": "ink", "model": "flux-kontext-pro"})


def _resolved(model: str, **values: object) -> ResolvedSettings:
    return resolve(model, [Layer("b.yaml", {"prompt": "ink", **values})])


def _refused(*layers: Layer) -> Refusal:
    return refusal_of(lambda: resolve(MODELS[0].name, layers))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("name", GOOD)
def test_a_setting_is_sent_or_refused_and_never_ignored(model: Model, name: str) -> None:
    if name not in TAKEN[model.name]:
        refusal = refusal_of(lambda: _resolved(model.name, **{name: GOOD[name]}))
        assert (refusal.code, refusal.field) == ("setting_not_taken", name)
        assert f"b.yaml gives {name} as " in refusal.message
        assert refusal.message.endswith(f", but {model.name} takes no {name}.")
        return

    resolved = _resolved(model.name, **{name: GOOD[name]})

    assert getattr(resolved.values, name) == GOOD[name]
    assert resolved.origins[name] == "b.yaml"
    sent = wire_settings(resolved.values, model)
    assert name == "depth_map" or sent[name] == GOOD[name]


def test_the_table_above_has_every_setting_that_depends_on_the_model() -> None:
    assert set(EditSettings.model_fields) - set(GOOD) == {"prompt", "model", "rerun", "metadata"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_prompt_alone_is_enough_for_every_model_and_sends_its_defaults(model: Model) -> None:
    resolved = _resolved(model.name)

    assert wire_settings(resolved.values, model) == {"prompt": "ink", **model.defaults}
    assert {resolved.origins[name] for name in model.defaults} == {BUILT_IN}


def test_kontext_gives_a_png_unless_asked_otherwise() -> None:
    assert _resolved("flux-kontext-pro").values.output_format == "png"
    assert _resolved("flux-kontext-pro", output_format="jpeg").values.output_format == "jpeg"


def test_false_is_asked_for_like_any_other_value() -> None:
    refusal = refusal_of(lambda: _resolved("flux-2-pro", prompt_upsampling=False))

    assert refusal.message == "b.yaml gives prompt_upsampling as false, but flux-2-pro takes no prompt_upsampling."
    assert refusal.hint == "Remove prompt_upsampling from b.yaml, or ask for another model."


def test_a_preset_that_the_model_does_not_take_is_named_with_the_way_to_switch_it_off() -> None:
    refusal = _refused(Layer("a/_preset.yaml", {"steps": 50, "guidance": 9}), KONTEXT)

    assert refusal.message == (
        "a/_preset.yaml gives steps as 50 and guidance as 9, but flux-kontext-pro takes no steps and no guidance."
    )
    assert refusal.hint == (
        "To remove it for this picture only, write steps: null and guidance: null in its .yaml or .json sidecar."
    )


def test_rejected_settings_of_two_files_are_refused_one_file_after_the_other() -> None:
    refusal = _refused(Layer("_preset.json", {"steps": 50}), Layer("b.yaml", {**KONTEXT.values, "guidance": 9}))

    assert refusal.message == "_preset.json gives steps as 50, but flux-kontext-pro takes no steps."


def test_null_in_the_sidecar_removes_an_inherited_setting() -> None:
    off = Layer("b.yaml", {**KONTEXT.values, "steps": None})

    resolved = resolve(MODELS[0].name, [Layer("_preset.yaml", {"steps": 50}), off])

    assert resolved.values == _resolved("flux-kontext-pro").values
    assert "steps" not in resolved.origins


def test_a_preset_may_remove_a_setting_of_the_preset_above_it() -> None:
    layers = [Layer("_preset.yaml", {"steps": 50}), Layer("a/_preset.yaml", {"steps": None}), KONTEXT]

    assert resolve(MODELS[0].name, layers).values.steps is None


def test_the_models_own_range_counts() -> None:
    assert _resolved("flux-pro-1.1", safety_tolerance=6).values.safety_tolerance == 6
    refusal = refusal_of(lambda: _resolved("flux-2-pro", safety_tolerance=6))

    assert refusal.code == "setting_out_of_range"
    assert refusal.message == "b.yaml gives safety_tolerance as 6."
    assert refusal.hint == "flux-2-pro takes safety_tolerance from 0 to 5."


@pytest.mark.parametrize("ratio", ["22:9", "16x9", "wide", "1:0", ""])
def test_the_refusal_of_an_invalid_aspect_ratio_gives_an_example(ratio: str) -> None:
    refusal = refusal_of(lambda: _resolved("flux-kontext-max", aspect_ratio=ratio))

    assert refusal.hint == (
        "flux-kontext-max takes aspect_ratio as width:height, from 3:7 to 7:3, for example 16:9."
    )


def test_another_aspect_ratio_buys_another_edit() -> None:
    assert _resolved("flux-kontext-pro", aspect_ratio="1:1").values.bought() != (
        _resolved("flux-kontext-pro").values.bought()
    )


def test_the_file_that_asks_for_an_unknown_model_is_named() -> None:
    refusal = _refused(Layer("a/_preset.yaml", {"model": "flux-pro-deep"}), Layer("b.txt", {"prompt": "ink"}))

    assert refusal.message == "a/_preset.yaml asks for the model 'flux-pro-deep', which is not offered here."
    assert refusal.hint == "Did you mean flux-pro-1.0-depth?"
