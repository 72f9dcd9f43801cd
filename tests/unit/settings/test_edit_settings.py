"""Which settings are effective, and what they buy."""

import pytest

from depthdrop.settings.edit_settings import (
    BUILT_IN,
    EditSettings,
    Layer,
    resolve,
    wire_settings,
)
from tests.unit.settings.resolved import MODEL, resolved_settings


def test_a_prompt_alone_gets_the_models_defaults() -> None:
    resolved = resolved_settings()

    assert resolved.values.bought() == {
        "prompt": "ink",
        "model": MODEL,
        "steps": 50,
        "guidance": 15.0,
        "output_format": "jpeg",
        "prompt_upsampling": False,
        "safety_tolerance": 2,
    }
    assert resolved.origins == {"prompt": "b.yaml"} | dict.fromkeys(
        resolved.values.bought().keys() - {"prompt"}, BUILT_IN
    )


def test_a_later_layer_wins_and_each_value_has_its_origin() -> None:
    layers = [
        Layer("_preset.yaml", {"steps": 20, "guidance": 30, "prompt": "oil"}),
        Layer("a/_preset.yaml", {"steps": 30}),
        Layer("b.txt", {"prompt": "ink"}),
    ]

    resolved = resolve(MODEL, layers)

    assert (resolved.values.prompt, resolved.values.steps, resolved.values.guidance) == ("ink", 30, 30.0)
    assert resolved.origins["prompt"] == "b.txt"
    assert resolved.origins["steps"] == "a/_preset.yaml"
    assert resolved.origins["guidance"] == "_preset.yaml"
    assert resolved.origins["model"] == BUILT_IN


@pytest.mark.parametrize("name", ["model", "steps", "guidance", "output_format", "seed", "metadata", "rerun"])
def test_null_asks_for_the_built_in_value_even_over_a_preset(name: str) -> None:
    preset = {
        "model": "flux-pro-1-0-depth",
        "steps": 20,
        "guidance": 3,
        "output_format": "png",
        "seed": 1,
        "metadata": {"a": "b"},
        "rerun": 1,
    }

    resolved = resolve(MODEL, [Layer("p", {name: preset[name]}), Layer("b.yaml", {"prompt": "ink", name: None})])

    assert resolved.values == resolved_settings().values
    assert resolved.origins == resolved_settings().origins


@pytest.mark.parametrize(
    "values",
    [
        {"guidance": 15},
        {"guidance": 15.0},
        {"steps": 50},
        {"model": "flux-pro-1-0-depth"},
        {"model": " FLUX-pro-1.0-depth "},
        {"output_format": "jpeg"},
        {"prompt": "  ink\n"},
        {"metadata": {"order": "7"}},
        {"seed": None},
    ],
    ids=str,
)
def test_another_way_to_say_the_same_buys_the_same(values: dict[str, object]) -> None:
    assert resolved_settings(**values).values.bought() == resolved_settings().values.bought()


@pytest.mark.parametrize(
    "values",
    [{"seed": 0}, {"guidance": 15.5}, {"rerun": False}, {"rerun": ""}, {"prompt": "Ink"}, {"depth_map": "m.png"}],
    ids=str,
)
def test_any_other_setting_buys_another_edit(values: dict[str, object]) -> None:
    assert resolved_settings(**values).values.bought() != resolved_settings().values.bought()


@pytest.mark.parametrize(
    "values",
    [
        {"rerun": 1},
        {"rerun": 1.0},
        {"rerun": True},
        {"rerun": "2026-05-01"},
        {"rerun": 2**63 - 1},
        {"guidance": 1, "seed": 2**32 - 1, "width": 1440, "height": 256},
        {"metadata": {"é": "\u0001 \U0001f642"}},
    ],
    ids=str,
)
def test_recorded_settings_are_read_back_as_the_same_edit(values: dict[str, object]) -> None:
    settings = resolved_settings(**values).values

    again = EditSettings.model_validate_json(settings.model_dump_json(exclude_none=True))

    assert again == settings
    assert repr(again.bought()) == repr(settings.bought())


@pytest.mark.parametrize(
    "values",
    [
        {"steps": 15},
        {"steps": 50},
        {"guidance": 1},
        {"guidance": 3.5},
        {"guidance": 100},
        {"safety_tolerance": 0},
        {"seed": 0},
        {"seed": 2**32 - 1},
        {"width": 256},
        {"height": 1440},
    ],
    ids=str,
)
def test_the_ends_of_a_range_and_the_values_between_are_accepted(values: dict[str, object]) -> None:
    ((name, given),) = values.items()

    assert getattr(resolved_settings(**values).values, name) == given


def test_metadata_does_not_change_the_edit() -> None:
    assert "metadata" not in resolved_settings(metadata={"a": "b"}).values.bought()


def test_only_settings_that_the_model_takes_are_sent() -> None:
    resolved = resolved_settings(seed=7, rerun="x", metadata={"a": "b"}, depth_map="m.png", width=512)

    assert wire_settings(resolved.values, resolved.model) == {
        "prompt": "ink",
        "steps": 50,
        "guidance": 15.0,
        "output_format": "jpeg",
        "prompt_upsampling": False,
        "safety_tolerance": 2,
        "seed": 7,
        "width": 512,
    }
