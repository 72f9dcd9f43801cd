"""Refusals of settings, in sentences for their owners: file, field, the given value and the allowed values.

They hold none of pydantic's own words: `_OF_KIND` has words for some kinds of error, `_OF_SETTING` for all others.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from depthdrop.drop.inbox_keys import is_preset
from depthdrop.drop.refusal import RefusedError, refuse, shown

_OF_KIND = {
    "finite_number": "a number",
    "string_unicode": "text without broken characters",
    "string_too_short": "at least one character long",
    "string_too_long": "at most {max_length} characters long",
    "value_error": "{error}",  # raised by our own validators
}
_TEXT = "text; put it in quotes"
_OF_SETTING = {
    **dict.fromkeys(("prompt", "output_format", "depth_map"), _TEXT),
    **dict.fromkeys(("seed", "steps", "safety_tolerance", "width", "height"), "a whole number"),
    "guidance": "a number",
    "prompt_upsampling": "true or false, without quotes",
    "aspect_ratio": "text, for example '16:9'",
    "rerun": "text of at most 1000 characters, a number, true or false",
    "metadata": "names and texts, for example {order: '123'}",
}


def unknown_setting(origin: str, name: str, known: Iterable[str]) -> RefusedError:
    names = sorted(known)
    near = get_close_matches(name[:100].lower(), names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Settings are: {', '.join(names)}."
    message = f"{origin} has a setting {shown(name)} that does not exist."
    return refuse("unknown_setting", message, hint, field=name[:100])


def given_twice(file_name: str, name: str) -> RefusedError:
    message = f"{file_name} gives {shown(name)} twice."
    return refuse("sidecar_repeats_setting", message, "Keep one of them.", field=name[:100])


def wrong_value(error: ValidationError, origins: Mapping[str, str]) -> RefusedError:
    """The first error, as a sentence."""
    first = error.errors(include_url=False)[0]
    top = str(first["loc"][0])
    if first["type"] == "missing":
        hint = f"Write the {top} in a .txt sidecar, or as {top!r} in a JSON or YAML one."
        return refuse("missing_setting", f"No {top} was given.", hint, field=top)
    name, allowed = top, _OF_SETTING[top]
    if top == "metadata" and len(first["loc"]) > 1:
        key = first["input"] if first["loc"][-1] == "[key]" else first["loc"][1]
        name, allowed = f"metadata.{key[:100] if isinstance(key, str) else shown(key)}", _TEXT
    if top != "rerun" and first["type"] in _OF_KIND:  # rerun has an error for each of its types
        allowed = _OF_KIND[first["type"]].format(**first.get("ctx", {}))
    message = f"{origins[top]} gives {name} as {shown(first['input'])}, which cannot be used."
    return refuse("bad_setting", message, f"{name} should be {allowed}.", field=name)


def not_taken(model: str, given: Mapping[str, object], origins: Mapping[str, str]) -> RefusedError:
    """The refusal of settings that this model does not have; it names all of one file."""
    first = next(iter(given))
    origin = origins[first]
    names = [name for name in given if origins[name] == origin]
    values = " and ".join(f"{name} as {shown(given[name])}" for name in names)
    hint = f"Remove {' and '.join(names)} from {origin}, or ask for another model."
    if is_preset(origin):
        nulls = " and ".join(f"{name}: null" for name in names)
        hint = f"To remove it for this picture only, write {nulls} in its .yaml or .json sidecar."
    message = f"{origin} gives {values}, but {model} takes no {' and no '.join(names)}."
    return refuse("setting_not_taken", message, hint, field=first)


def out_of_range(model: str, name: str, given: object, allowed: str, origins: Mapping[str, str]) -> RefusedError:
    message = f"{origins[name]} gives {name} as {shown(given)}."
    return refuse("setting_out_of_range", message, f"{model} {allowed}.", field=name)
