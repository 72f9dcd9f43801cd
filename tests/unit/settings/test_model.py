"""The values that a rule allows, and its words for them."""

import pytest

from depthdrop.settings.model import Rule, limits, one_of, ratio

LIMITS, STEPS, WORDS, RATIO = limits(1, 5), limits(256, 1440, step=32), one_of("jpeg", "png"), ratio(7, 3)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        *((LIMITS, value) for value in (1, 5, 2.5)),
        *((STEPS, value) for value in (256, 288, 1440)),
        (WORDS, "png"),
        *((RATIO, value) for value in ("1:1", "16:9", "9:16", "7:3", "3:7", "21:9", "9:21", "98:42")),
    ],
)
def test_a_rule_allows_the_values_within_its_limits(rule: Rule, value: object) -> None:
    assert rule.allows(value)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        *((LIMITS, value) for value in (0, 6, 0.99, 5.01, "3", None)),
        *((STEPS, value) for value in (224, 255, 257, 1472)),
        *((WORDS, value) for value in ("jpg", "PNG", "", ["png"])),
        *((RATIO, value) for value in ("22:9", "9:22", "71:30", "16x9", "16/9", "1.5:1", "0:1", "1:0", "100:50")),
        *((RATIO, value) for value in ("16:9 ", "\u0661:\u0661", "", 1.7, ["16:9"])),
    ],
)
def test_a_rule_allows_nothing_else(rule: Rule, value: object) -> None:
    assert not rule.allows(value)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (LIMITS, "from 1 to 5"),
        (STEPS, "from 256 to 1440 in steps of 32"),
        (WORDS, "jpeg or png"),
        (RATIO, "as width:height, from 3:7 to 7:3, for example 16:9"),
    ],
)
def test_a_rule_names_the_values_that_it_allows(rule: Rule, words: str) -> None:
    assert rule.says == words
