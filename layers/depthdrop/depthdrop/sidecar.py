"""Reads the bytes of a sidecar or preset into plain settings."""

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from pathlib import PurePosixPath

from depthdrop.refusal import refuse

MAX_BYTES = 64 * 1024


def read_settings(name: str, content: bytes) -> Mapping[str, object]:
    """The settings in a sidecar: a .txt is the prompt itself, JSON and YAML are a mapping.

    Raises RefusedError when the text is too long, not text, or not a mapping.
    """
    if len(content) > MAX_BYTES:
        raise refuse(
            "sidecar_too_large",
            f"{name} is larger than {MAX_BYTES // 1024} KiB.",
            "A sidecar holds a prompt and settings; keep pictures out of it.",
        )
    text = _decode(name, content)
    if PurePosixPath(name).suffix.lower() == ".txt":
        return {"prompt": text.strip()}
    parsed = _parse_json(name, text) if name.lower().endswith(".json") else _parse_yaml(name, text)
    if not isinstance(parsed, dict) or not all(isinstance(key, str) for key in parsed):
        raise refuse(
            "sidecar_not_a_mapping",
            f"{name} does not hold settings.",
            'Write names and values, for example {"prompt": "a watercolour"}.',
        )
    return parsed


def _decode(name: str, content: bytes) -> str:
    encoding = "utf-8-sig" if content.startswith(BOM_UTF8) else "utf-8"
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return content.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise refuse(
            "sidecar_not_text",
            f"{name} is not readable as {encoding.upper().removesuffix('-SIG')} text (byte {error.start}).",
            "Save it as UTF-8 text.",
        ) from None


def _parse_json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "depth"
        raise refuse(
            "sidecar_not_json", f"{name} is not valid JSON ({where}).", "Check commas and quotes."
        ) from None


def _parse_yaml(name: str, text: str) -> object:
    import yaml  # noqa: PLC0415  # paid for only by drops that use YAML

    try:
        _refuse_aliases(name, text)
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise refuse(
            "sidecar_not_yaml", f"{name} is not valid YAML{where}.", "Check indentation and colons."
        ) from None


def _refuse_aliases(name: str, text: str) -> None:
    """An alias can make 64 KiB of text into gigabytes of values."""
    import yaml  # noqa: PLC0415  # as above

    if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
        raise refuse("sidecar_has_aliases", f"{name} uses YAML aliases.", "Write the values out.")
