"""How a setting is refused: in a sentence that names it, what was given and what is allowed."""

import pytest

from depthdrop.drop.refusal import Refusal
from depthdrop.settings.edit_settings import (
    METADATA_MAX_BYTES,
    PROMPT_MAX_CHARACTERS,
    Layer,
    resolve,
)
from tests.support.refused import refusal_of
from tests.unit.settings.resolved import MODEL, resolved_settings


def _refused(**values: object) -> Refusal:
    return refusal_of(lambda: resolved_settings(**values))


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"prompt": "  "}, "prompt should be at least one character long."),
        ({"prompt": "x" * (PROMPT_MAX_CHARACTERS + 1)}, "prompt should be at most 10000 characters long."),
        ({"prompt": "a\0b"}, "prompt should be text without NUL characters."),
        ({"prompt": "\ud800"}, "prompt should be text without broken characters."),
        ({"prompt": True}, "prompt should be text; put it in quotes."),
        ({"prompt": ["ink"]}, "prompt should be text; put it in quotes."),
        ({"steps": "20"}, "steps should be a whole number."),
        ({"steps": 20.0}, "steps should be a whole number."),
        ({"steps": True}, "steps should be a whole number."),
        ({"guidance": "high"}, "guidance should be a number."),
        ({"guidance": True}, "guidance should be a number."),
        ({"guidance": float("nan")}, "guidance should be a number."),
        ({"guidance": 10**400}, "guidance should be a number."),
        ({"prompt_upsampling": "yes"}, "prompt_upsampling should be true or false, without quotes."),
        ({"prompt_upsampling": 1}, "prompt_upsampling should be true or false, without quotes."),
        ({"output_format": 5}, "output_format should be text; put it in quotes."),
        ({"aspect_ratio": 1.7}, "aspect_ratio should be text, for example '16:9'."),
        ({"metadata": "x"}, "metadata should be names and texts, for example {order: '123'}."),
        ({"metadata": {"order": 7}}, "metadata.order should be text; put it in quotes."),
        ({"metadata": {7: "x"}}, "metadata.7 should be text; put it in quotes."),
        ({"metadata": {"country": False}}, "metadata.country should be text; put it in quotes."),
        ({"metadata": {"a": "x" * 4097}}, "metadata.a should be at most 4096 characters long."),
        ({"rerun": float("inf")}, "rerun should be text of at most 1000 characters, a number, true or false."),
        ({"rerun": "x" * 1001}, "rerun should be text of at most 1000 characters, a number, true or false."),
        ({"rerun": 16**5000}, "rerun should be text of at most 1000 characters, a number, true or false."),
        ({"rerun": ["a"]}, "rerun should be text of at most 1000 characters, a number, true or false."),
        ({"depth_map": ""}, "depth_map should be at least one character long."),
        ({"depth_map": "x" * 1025}, "depth_map should be at most 1024 characters long."),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, dict) and 16**5000 not in value.values() else "",
)
def test_a_setting_of_the_wrong_type_is_refused_in_one_sentence(values: dict[str, object], hint: str) -> None:
    refusal = _refused(**values)

    assert refusal.code == "bad_setting"
    assert refusal.hint == hint
    assert refusal.message.startswith("b.yaml gives ")
    assert len(refusal.message) < 200


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (True, "true"),
        ({"a": 1}, "names and values"),
        ([1], "a list"),
        ("x" * 99, "'" + "x" * 56 + "..."),
        ("é", "'é'"),
    ],
    ids=str,
)
def test_a_refused_value_is_shown_as_it_is_in_the_file(given: object, shown: str) -> None:
    assert _refused(steps=given).message == f"b.yaml gives steps as {shown}, which cannot be used."


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"steps": 14}, "steps from 15 to 50"),
        ({"steps": 51}, "steps from 15 to 50"),
        ({"steps": 1 << 60_000}, "steps from 15 to 50"),
        ({"guidance": 0.99}, "guidance from 1 to 100"),
        ({"guidance": 100.5}, "guidance from 1 to 100"),
        ({"safety_tolerance": -1}, "safety_tolerance from 0 to 6"),
        ({"safety_tolerance": 7}, "safety_tolerance from 0 to 6"),
        ({"seed": -1}, "seed from 0 to 4294967295"),
        ({"seed": 2**32}, "seed from 0 to 4294967295"),
        ({"seed": 10**400}, "seed from 0 to 4294967295"),
        ({"width": 224}, "width from 256 to 1440 in steps of 32"),
        ({"width": 1000}, "width from 256 to 1440 in steps of 32"),
        ({"height": 1472}, "height from 256 to 1440 in steps of 32"),
        ({"output_format": "jpg"}, "output_format jpeg or png"),
        ({"output_format": "JPEG"}, "output_format jpeg or png"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_refusal_of_a_number_out_of_range_names_the_range(values: dict[str, object], allowed: str) -> None:
    refusal = _refused(**values)

    assert refusal.code == "setting_out_of_range"
    assert refusal.hint == f"{MODEL} takes {allowed}."
    assert refusal.field == next(iter(values))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Prompt", "Did you mean 'prompt'?"), ("step", "Did you mean 'steps'?"), ("seeed", "Did you mean 'seed'?")],
)
def test_an_unknown_setting_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    refusal = _refused(**{name: 1})

    assert (refusal.code, refusal.field, refusal.hint) == ("unknown_setting", name, hint)
    assert "b.yaml" in refusal.message


def test_an_unknown_setting_without_a_similar_name_gets_the_whole_list() -> None:
    assert _refused(zzz=1).hint.startswith("Settings are: aspect_ratio, depth_map, guidance, ")


@pytest.mark.parametrize(
    "name", ["x" * 60_000, "\ud800", "\0" * 60_000, "a\nb"], ids=["long", "broken", "nul", "line"]
)
def test_no_name_makes_a_refusal_that_cannot_be_sent(name: str) -> None:
    refusal = _refused(**{name: 1})

    assert len(f"{refusal}".encode()) < 1000


def test_the_refusal_of_a_missing_prompt_says_where_to_write_it() -> None:
    refusal = refusal_of(lambda: resolve(MODEL, [Layer("b.yaml", {"prompt": None, "steps": 20})]))

    assert (refusal.code, refusal.message, refusal.field) == ("missing_setting", "No prompt was given.", "prompt")


@pytest.mark.parametrize("model", ["flux-pro-2", 5, True, ["a"], 16**5000, "\ud800" * 9000], ids=range(6))
def test_a_model_that_is_not_here_is_refused(model: object) -> None:
    refusal = _refused(model=model)

    assert (refusal.code, refusal.field) == ("unknown_model", "model")
    assert len(refusal.message.encode()) < 200


def test_metadata_is_measured_in_bytes_as_it_will_be_sent() -> None:
    room = METADATA_MAX_BYTES - len('{"a": ""}')

    assert resolved_settings(metadata={"a": "x" * room}).values.metadata
    assert (
        _refused(metadata={"a": "é" * (room // 2 + 1)}).hint
        == "metadata should be at most 4096 bytes as JSON, not 4097."
    )
    assert _refused(metadata={"a": "\0" * 1000}).field == "metadata"
    assert _refused(metadata={"\ud800": "a"}).code == "bad_setting"
