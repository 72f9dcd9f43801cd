"""Any content of a sidecar is accepted, or refused in a sentence that anyone understands."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from depthdrop.drop.refusal import Refusal, RefusedError
from depthdrop.settings.edit_settings import EditSettings, Layer, resolve
from depthdrop.settings.models_and_prices import MODELS
from depthdrop.settings.sidecar import read_settings
from depthdrop.settings.wrong_values import wrong_value

# Words of pydantic's and of Python's; the texts that are generated cannot spell any of them.
JARGON = re.compile(
    r"Input|pydantic|type=|input_|\bvalid\b|\bNone\b|\bTrue\b|\bFalse\b|\bdict|\bstr\b|\bint\b|\bbool\b|\blist\[|"
    r"\bunion\b|Literal|Error|errors?\b|\bnan\b|\bkey\]|Traceback|<|object at|\{[a-z_]+\}"
)
TEXT = st.text(alphabet="xyz äé0123456789\n\0\t\"'", max_size=80)
NUMBERS = st.integers() | st.integers(-(10**400), 10**400) | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted(EditSettings.model_fields))
MODEL_NAMES = st.sampled_from([model.name for model in MODELS])


def refusal_or_none(call: Callable[[], object]) -> Refusal | None:
    try:
        call()
    except RefusedError as error:
        return error.refusal
    return None


def check(refusal: Refusal, field: str) -> None:
    """The field, the file, and sentences; `order: '123'` is how a sidecar is written."""
    text = f"{refusal.message} {refusal.hint}".replace("{order: '123'}", "")
    assert JARGON.search(text) is None, text
    assert refusal.field is not None
    assert refusal.field.partition(".")[0] == field
    assert refusal.message.startswith("b.yaml ") or refusal.code == "missing_setting"
    assert refusal.message.endswith(".")
    assert refusal.hint.endswith((".", "?"))
    assert len(refusal.message) < 400


@given(FIELDS, JSON, MODEL_NAMES)
@example("metadata", {"x": {"y": None}}, MODELS[0].name)
@example("rerun", {"x": True}, MODELS[0].name)
@example("rerun", -(2**64), MODELS[0].name)
@example("seed", 10**399, MODELS[0].name)
def test_no_value_of_any_setting_is_answered_with_jargon(field: str, value: object, model: str) -> None:
    layer = Layer("b.yaml", {"prompt": "ink", field: value})

    refusal = refusal_or_none(lambda: resolve(model, [layer]))

    if refusal is not None:
        check(refusal, field)


@given(FIELDS, JSON)
def test_nor_is_any_that_comes_from_a_file(field: str, value: object) -> None:
    content = json.dumps({"prompt": "ink", field: value}).encode()
    for name in ("b.json", "b.yaml"):
        refusal = refusal_or_none(lambda: resolve(MODELS[0].name, [Layer("b.yaml", read_settings(name, content))]))  # noqa: B023  # called at once
        if refusal is not None and not refusal.code.startswith("sidecar_"):
            check(refusal, field)


@given(st.text(max_size=30), JSON)
def test_any_other_name_is_refused_with_a_valid_one(name: str, value: object) -> None:
    refusal = refusal_or_none(lambda: resolve(MODELS[0].name, [Layer("b.yaml", {name: value})]))

    assert refusal is not None
    if name not in EditSettings.model_fields:
        assert refusal.code == "unknown_setting"
        assert any(known in refusal.hint for known in EditSettings.model_fields)


@pytest.mark.parametrize(("key", "shown"), [(True, "true"), (None, "null"), (7, "7"), (1.5, "1.5")])
def test_a_metadata_name_that_is_not_text_is_shown_as_in_a_yaml_file(key: object, shown: str) -> None:
    refusal = refusal_or_none(
        lambda: resolve(MODELS[0].name, [Layer("b.yaml", {"prompt": "ink", "metadata": {key: "x"}})])
    )

    assert refusal is not None
    assert refusal.field == f"metadata.{shown}"
    assert refusal.hint == f"metadata.{shown} should be text; put it in quotes."


@pytest.mark.parametrize("field", sorted(EditSettings.model_fields))
def test_an_error_that_pydantic_has_not_yet_invented_has_a_sentence_too(field: str) -> None:
    if field == "model":
        return  # never reaches pydantic as anything but a known name
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, int]).validate_python({field: []})

    refusal = wrong_value(caught.value, {field: "b.yaml"}).refusal

    assert refusal.code == "bad_setting"
    check(refusal, field)
