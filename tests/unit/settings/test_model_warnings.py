"""The warnings about a model that is deprecated or was withdrawn."""

from datetime import UTC, datetime

import pytest

from depthdrop.settings.models_and_prices import warnings_of

SUNSET = datetime(2025, 10, 31, tzinfo=UTC).timestamp()
DEPTH_WARNS = (
    "flux-pro-1.0-depth was deprecated by its vendor on 2025-10-31 and may be withdrawn at any time;"
    " its successor is flux-kontext-pro."
)


@pytest.mark.parametrize(
    ("at", "warnings"),
    [
        (SUNSET - 86_400, []),
        (SUNSET - 1, []),
        (SUNSET, [DEPTH_WARNS]),
        (SUNSET + 86_400, [DEPTH_WARNS]),
        (SUNSET + 0.5, [DEPTH_WARNS]),
    ],
    ids=["the day before", "the second before", "the day itself", "the day after", "fractions"],
)
def test_a_model_warns_from_its_sunset_on(at: float, warnings: list[str]) -> None:
    assert warnings_of("flux-pro-1.0-depth", None, at) == warnings


@pytest.mark.parametrize("model", ["flux-kontext-pro", "flux-2-pro", "a-model-of-an-older-version"])
def test_a_model_without_a_sunset_has_no_warning(model: str) -> None:
    assert warnings_of(model, None, SUNSET * 2) == []


def test_a_fallback_warns_of_the_model_that_it_replaced_and_of_its_own_sunset() -> None:
    assert warnings_of("flux-kontext-pro", "flux-pro-1.0-depth", SUNSET) == [
        "flux-pro-1.0-depth was withdrawn; flux-kontext-pro took its place."
    ]
    assert warnings_of("flux-pro-1.0-depth", "flux-pro-1.0-canny", SUNSET) == [
        "flux-pro-1.0-canny was withdrawn; flux-pro-1.0-depth took its place.",
        DEPTH_WARNS,
    ]
