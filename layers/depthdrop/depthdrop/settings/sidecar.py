"""Reads the settings in the bytes of a sidecar or preset."""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Mapping
from contextlib import suppress

from depthdrop.drop.inbox_keys import suffix_of
from depthdrop.drop.refusal import RefusedError, refuse
from depthdrop.settings.wrong_values import given_twice

MAX_BYTES = 64 * 1024


def read_settings(name: str, content: bytes) -> Mapping[str, object]:
    """The settings in a sidecar: a .txt file is the prompt itself, JSON and YAML a mapping. Raises RefusedError."""
    if len(content) > MAX_BYTES:
        hint = "A sidecar holds a prompt and settings, no pictures."
        raise refuse("sidecar_too_large", f"{name} is larger than {MAX_BYTES // 1024} KiB.", hint)
    reader = _READERS.get(suffix_of(name).lower())
    if reader is None:
        hint = f"Rename it to end in {', '.join(_READERS)}."
        raise refuse("sidecar_unknown", f"{name} does not end as a sidecar does.", hint)
    try:
        parsed = reader(name, _decode(name, content))
    except RefusedError:
        raise
    except Exception as error:
        hint = "Write plain names and values."
        raise refuse("sidecar_unreadable", f"{name} cannot be read ({type(error).__name__}).", hint) from error
    if not isinstance(parsed, dict) or not all(isinstance(key, str) for key in parsed):
        hint = 'Write names and values, for example {"prompt": "a watercolour"}.'
        raise refuse("sidecar_not_a_mapping", f"{name} does not hold settings.", hint)
    return parsed


def _read_prompt(name: str, content: str) -> object:
    """Refuses text in another format, because the text would be sent, and paid for, unchanged."""
    text = content.strip()
    if text.startswith("{\\rtf"):
        raise refuse("sidecar_not_text", f"{name} is rich text (RTF).", "Save it as plain text.")
    with suppress(ValueError, RecursionError):
        if text.startswith("{") and isinstance(json.loads(text), dict):
            raise refuse("sidecar_misnamed", f"{name} holds settings in JSON.", "Rename it to end in .json.")
    if re.match(r"prompt\s*:", text, re.IGNORECASE):
        hint = "Write the prompt alone, or rename the file to end in .yaml."
        raise refuse("sidecar_misnamed", f"{name} holds settings in YAML.", hint)
    return {"prompt": text}


def _decode(name: str, content: bytes) -> str:
    encoding = "utf-8-sig" if content.startswith(BOM_UTF8) else "utf-8"
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = f"{name} is not readable as {encoding.upper().removesuffix('-SIG')} text (byte {error.start})."
        raise refuse("sidecar_not_text", message, "Save it as UTF-8 text.") from None
    if "\0" in text:  # UTF-16 without a byte order mark is valid UTF-8 with NULs
        raise refuse("sidecar_not_text", f"{name} holds NUL characters.", "Save it as UTF-8 text.")
    return text


def _parse_json(name: str, text: str) -> object:
    def once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise given_twice(name, key)
            found[key] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=once_each, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        where, hint = "a number or nesting beyond JSON's", "Write ordinary numbers, two levels deep at most."
        if isinstance(error, json.JSONDecodeError):
            where, hint = f"line {error.lineno}, column {error.colno}", "Check commas and quotes."
        raise refuse("sidecar_not_json", f"{name} is not valid JSON ({where}).", hint) from None


def _no_number(constant: str) -> object:
    raise ValueError(f"{constant} is Python's, not JSON's")


def _parse_yaml(name: str, text: str) -> object:
    from depthdrop.settings.plain_yaml import load_plain  # noqa: PLC0415  # only drops with YAML need this import

    return load_plain(name, text)


_READERS: Mapping[str, Callable[[str, str], object]] = {
    ".txt": _read_prompt,
    ".json": _parse_json,
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
}
