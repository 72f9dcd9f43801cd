"""Settings from the environment: typed, explained, and refused by name when they are wrong or unknown."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

PREFIX = "WEBHOOK_"
T = TypeVar("T")
_PORTS = range(1, 65536)
_SWITCH = {"1": True, "true": True, "0": False, "false": False}


class SettingsError(ValueError):
    """The message is a sentence that names the variable."""


def _says(explained: str) -> dict[str, str]:
    return {"explained": explained}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierSettings:
    topic_arn: str = field(metadata=_says("the topic whose messages are taken"))
    require_sha256: bool = field(
        default=False,
        metadata=_says("1 refuses signatures with SHA-1: set the topic's SignatureVersion to 2"),
    )
    roots_file: Path | None = field(
        default=None, metadata=_says("PEM file of authorities that signing certificates must lead to")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings(VerifierSettings):
    host: str = field(default="127.0.0.1", metadata=_says("address to listen on; TLS is for a proxy in front"))
    port: int = field(default=8080, metadata=_says("port to listen on"))
    path: str = field(default="/sns", metadata=_says("where SNS posts to"))
    database: Path = field(default=Path("events.sqlite3"), metadata=_says("SQLite file of the events that came"))
    development_signer: str | None = field(
        default=None, metadata=_says("address and port of the local signer; never in production")
    )
    development_authority: Path | None = field(
        default=None, metadata=_says("PEM file of the local signer's authority")
    )

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise SettingsError(f"{PREFIX}PATH must begin with a slash, as /sns does.")
        if self.port not in _PORTS:
            raise SettingsError(f"{PREFIX}PORT must be from {_PORTS[0]} to {_PORTS[-1]}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings(VerifierSettings):
    events_table: str = field(metadata=_says("DynamoDB table of the events that came"))


def load(kind: type[T], environment: Mapping[str, str]) -> T:
    """Raises SettingsError. An empty variable counts as absent."""
    hints = get_type_hints(kind)
    known = {PREFIX + one.name.upper(): one for one in fields(cast("Any", kind))}
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    for name in sorted(given.keys() - known.keys()):
        raise SettingsError(f"{name} is not a setting. There are {', '.join(sorted(known))}.")
    for name, one in known.items():
        if one.default is MISSING and name not in given:
            raise SettingsError(f"{name} is missing: {one.metadata['explained']}.")
    return kind(**{known[name].name: _read(name, text, hints[known[name].name]) for name, text in given.items()})


def explained(kind: type) -> str:
    """A table for --help."""
    return "\n".join(
        f"  {PREFIX + one.name.upper():32} {one.metadata['explained']}{_default(one)}" for one in fields(kind)
    )


def _default(one: "Field[Any]") -> str:
    if one.default is MISSING:
        return "; required"
    return "" if one.default is None or one.default is False else f"; {one.default} unless set"


def _read(name: str, text: str, hint: Any) -> object:
    if isinstance(hint, types.UnionType):  # X | None
        hint = next(one for one in get_args(hint) if one is not types.NoneType)
    try:
        return _SWITCH[text.lower()] if hint is bool else hint(text)
    except (KeyError, ValueError):
        wanted = {bool: "1 or 0", int: "a whole number"}.get(hint, "something else")
        raise SettingsError(f"{name} must be {wanted}, not {text!r}.") from None
