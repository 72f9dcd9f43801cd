"""Settings from the environment: typed, explained, and refused when wrong or unknown; and their verifier."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, TypeVar, cast, get_args

from cryptography import x509

from depthdrop_webhook import Fetch, Verifier

PREFIX = "WEBHOOK_"
T = TypeVar("T")
_PORTS = range(1, 65536)
_SWITCH = {"1": True, "true": True, "0": False, "false": False}


class SettingsError(ValueError):
    """The message is a sentence that names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierSettings:
    topic_arn: Annotated[str, "the topic whose messages are accepted"]
    require_sha256: Annotated[bool, "1 refuses signatures with SHA-1: set the topic's SignatureVersion to 2"] = (
        False
    )
    roots_file: Annotated[Path | None, "PEM file of roots; signing certificates must have a chain to one"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings(VerifierSettings):
    host: Annotated[str, "address to listen on; TLS is the task of a proxy"] = "127.0.0.1"
    port: Annotated[int, "port to listen on"] = 8080
    path: Annotated[str, "path that SNS posts to"] = "/sns"
    database: Annotated[Path, "SQLite file of the received events"] = Path("events.sqlite3")
    development_signer: Annotated[str | None, "address and port of the local signer; never in production"] = None
    development_authority: Annotated[Path | None, "PEM file of the local signer's authority"] = None

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise SettingsError(f"{PREFIX}PATH must begin with a slash, as /sns does.")
        if self.port not in _PORTS:
            raise SettingsError(f"{PREFIX}PORT must be from {_PORTS[0]} to {_PORTS[-1]}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings(VerifierSettings):
    events_table: Annotated[str, "DynamoDB table of the received events"]


def make_verifier(settings: VerifierSettings, fetch: Fetch) -> Verifier:
    """Raises SettingsError."""
    try:
        roots = settings.roots_file and x509.load_pem_x509_certificates(settings.roots_file.read_bytes())
    except (OSError, ValueError):
        raise SettingsError("WEBHOOK_ROOTS_FILE is not a PEM file that can be read.") from None
    sha256 = settings.require_sha256
    try:
        return Verifier(settings.topic_arn, require_sha256=sha256, roots=roots or (), fetch=fetch)
    except ValueError as error:
        raise SettingsError(f"WEBHOOK_TOPIC_ARN: {error}") from None


def load(kind: type[T], environment: Mapping[str, str]) -> T:
    """Raises SettingsError. An empty variable counts as absent."""
    known = {_variable(setting): setting for setting in fields(cast("Any", kind))}
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    for name in sorted(given.keys() - known.keys()):
        raise SettingsError(f"{name} is not a setting. There are {', '.join(sorted(known))}.")
    for name, setting in known.items():
        if setting.default is MISSING and name not in given:
            raise SettingsError(f"{name} is missing: {_meaning(setting)}.")
    return kind(**{known[name].name: _read(name, text, known[name].type) for name, text in given.items()})


def explained(kind: type) -> str:
    """A table for --help."""
    lines = [f"  {_variable(setting):32} {_meaning(setting)}{_default(setting)}" for setting in fields(kind)]
    return "\n".join(lines)


def _variable(setting: "Field[Any]") -> str:
    return PREFIX + setting.name.upper()


def _meaning(setting: "Field[Any]") -> str:
    meaning: str = cast("Any", setting.type).__metadata__[0]
    return meaning


def _default(setting: "Field[Any]") -> str:
    if setting.default is MISSING:
        return "; required"
    return "" if setting.default is None or setting.default is False else f"; default {setting.default}"


def _read(name: str, text: str, hint: Any) -> object:
    kinds = get_args(hint.__origin__) or [hint.__origin__]  # X | None
    wanted = next(kind for kind in kinds if kind is not NoneType)
    try:
        return _SWITCH[text.lower()] if wanted is bool else wanted(text)
    except (KeyError, ValueError):
        what = {bool: "1 or 0", int: "a whole number"}.get(wanted, "something else")
        raise SettingsError(f"{name} must be {what}, not {text!r}.") from None
