"""The models as data, and the names that people may give them."""

from decimal import Decimal

import pytest

from depthdrop.models import DEPTH, MODELS, model_named
from tests.unit.decisions.refused import refusal_of


@pytest.mark.parametrize(
    "name", ["flux-pro-1.0-depth", "flux-pro-1-0-depth", "FLUX-Pro-1.0-Depth", " flux-pro-1-0-depth\n"]
)
def test_the_dotted_and_the_hyphenated_name_are_one_model(name: str) -> None:
    assert model_named(name) is DEPTH


def test_the_hyphenated_name_goes_on_the_wire_for_six_cents() -> None:
    assert (DEPTH.wire_name, DEPTH.price_usd) == ("flux-pro-1-0-depth", Decimal("0.06"))


def test_a_misspelt_model_is_answered_with_the_nearest() -> None:
    assert refusal_of(lambda: model_named("flux-pro-depth")).hint.startswith("Did you mean flux-pro-1")


def test_an_unlike_model_is_answered_with_the_list() -> None:
    assert refusal_of(lambda: model_named("zzz")).hint == "Use one of: flux-pro-1.0-depth."


def test_every_default_lies_within_the_models_own_limits() -> None:
    for model in MODELS:
        for name, value in model.defaults.items():
            assert name in model.accepted_settings
            limits = model.limits.get(name)
            assert limits is None or (isinstance(value, int | float) and limits.low <= value <= limits.high)


def test_no_two_models_answer_to_one_name() -> None:
    names = [name for model in MODELS for name in (model.name, *model.aliases)]

    assert len(names) == len(set(names))
    assert all(name == name.strip().lower() for name in names)


def test_guidance_is_always_sent_because_published_defaults_disagree() -> None:
    assert all("guidance" in model.defaults for model in MODELS if "guidance" in model.limits)
