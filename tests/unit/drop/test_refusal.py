"""A refusal ends in a receipt, a record and a message: it must fit into each."""

import json
from dataclasses import asdict

import pytest

from depthdrop.drop.refusal import refuse, shown


def test_an_error_says_what_its_refusal_says() -> None:
    error = refuse("code", "What was wrong.", "What to do.", "steps")

    assert str(error) == error.refusal.message == "What was wrong."
    assert (error.refusal.code, error.refusal.hint, error.refusal.field) == ("code", "What to do.", "steps")


def test_characters_that_utf_8_cannot_hold_are_spelled_out() -> None:
    refusal = refuse("code", "\ud800 é", "\udfff", "\ud83d").refusal

    assert json.dumps(asdict(refusal), ensure_ascii=False).encode()
    assert (refusal.message, refusal.hint, refusal.field) == ("\\ud800 é", "\\udfff", "\\ud83d")


def test_a_refusal_is_one_printable_line_whatever_it_quotes() -> None:
    refusal = refuse("code", "a\nb\x1b[2K\u2028\u202e é 名 🙂.jpg is empty.", "c\r\n", "d\0").refusal

    assert refusal.message == "a\\nb\\x1b[2K\\u2028\\u202e é 名 🙂.jpg is empty."
    assert (refusal.hint, refusal.field) == ("c\\r\\n", "d\\x00")


def test_a_refusal_is_never_longer_than_a_note() -> None:
    refusal = refuse("code", "x" * 99_999, "y" * 99_999, "z" * 99_999).refusal

    assert len(refusal.message) == len(refusal.hint) == len(refusal.field or "") == 2000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1, "1"),
        (-2.5, "-2.5"),
        (10**60, "1" + "0" * 56 + "..."),
        (1 << 60_000, "a huge number"),
        (-(1 << 60_000), "a huge number"),
        ("ink", "'ink'"),
        ("a\nb\0", "'a\\nb\\x00'"),
        ("\ud800", "'\\ud800'"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."),
        ([], "a list"),
        ({}, "names and values"),
    ],
    ids=range(16),
)
def test_a_value_is_shown_short_and_printable(value: object, text: str) -> None:
    assert shown(value) == text


def test_deep_nesting_is_shown_without_following_it() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    assert shown(deep) == "a list"
