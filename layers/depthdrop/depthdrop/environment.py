"""Typed settings of each function, read from its environment once; a missing variable fails with its name.

Dataclasses and not pydantic: poll is started most often and must not pay for that import.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TypeVar, cast
from urllib.parse import urlsplit

T = TypeVar("T")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LOCAL_LINKS = "DEPTHDROP_ALLOW_LOOPBACK_LINKS"
_IN_A_CONTAINER = "DEPTHDROP_ALLOW_CONTAINER_HOST"
CONTAINER_HOST = "host.docker.internal"  # the machine that a container runs on, as the container calls it
_MAY_BE_EMPTY = ("_PREFIX", "FALLBACK_MODEL", "EVENT_BUS_NAME")  # ends of names: no prefix, no fallback, no bus


class MissingSettingError(ValueError):
    """A variable is missing or cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class UpstreamEnvironment:
    upstream_base_url: str
    upstream_key_secret_arn: str


@dataclass(frozen=True, slots=True)
class PollEnvironment(UpstreamEnvironment):
    linger_seconds: int


@dataclass(frozen=True)  # without slots: SubmitEnvironment has two bases, of which one may have them
class _TableEnvironment:
    """What all functions need that write records and publish events."""

    inbox_bucket: str
    inbox_queue_url: str
    edits_table: str
    slots: int
    event_source: str
    notifications_topic_arn: str
    event_bus_name: str
    download_link_hours: int


@dataclass(frozen=True, slots=True)
class SubmitEnvironment(UpstreamEnvironment, _TableEnvironment):
    inbox_prefix: str
    outbox_bucket: str
    outbox_prefix: str
    edit_workflow_arn: str
    default_model: str
    fallback_model: str
    deadline_seconds: int
    first_wait_seconds: int
    submit_timeout_seconds: int
    circuit_probe_seconds: int
    unpaired_minutes: int
    daily_budget_usd: Decimal


@dataclass(frozen=True, slots=True)
class FinalizeEnvironment(_TableEnvironment):
    outbox_bucket: str
    outbox_prefix: str
    poll_function_name: str


@dataclass(frozen=True, slots=True)
class SweepEnvironment(_TableEnvironment):
    inbox_dead_letters_url: str
    inbox_rule_dead_letters_url: str
    edit_workflow_arn: str
    deadline_seconds: int
    circuit_probe_seconds: int
    daily_budget_usd: Decimal


def _dollars(text: str) -> Decimal:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,4})?", text):
        raise ValueError(text)
    return Decimal(text)


_READ_AS: Mapping[type, tuple[Callable[[str], object], str]] = {
    int: (int, "a whole number"),
    Decimal: (_dollars, "an amount of US dollars such as 5.50"),
}


def load(kind: type[T], source: Mapping[str, str] = os.environ) -> T:
    """Fill `kind` from variables named like its fields in capitals. Raises MissingSettingError, which names one."""
    values: dict[str, object] = {}
    for field in fields(cast("type[UpstreamEnvironment]", kind)):
        name = field.name.upper()
        raw = source.get(name)
        if raw is None or (raw == "" and not name.endswith(_MAY_BE_EMPTY)):
            raise MissingSettingError(f"The environment variable {name} is missing; template.yaml sets it.")
        convert, wanted = _READ_AS.get(cast("type", field.type), (str, ""))
        try:
            values[field.name] = convert(raw)
        except ValueError:
            raise MissingSettingError(f"The environment variable {name} must be {wanted}, not {raw!r}.") from None
    if "upstream_base_url" in values:
        values["upstream_base_url"] = _origin(str(values["upstream_base_url"]), container_host(source))
    return kind(**values)


def loopback_links_allowed(source: Mapping[str, str] = os.environ) -> bool:
    """Set by the local stack alone, whose upstream serves results from this machine."""
    return source.get(_LOCAL_LINKS) == "1"


def container_host(source: Mapping[str, str] = os.environ) -> str | None:
    """The name to which plain HTTP is allowed besides loopback; None without a setting that no template knows."""
    # `make up CONTAINERS=1` hands it to functions that `sam local invoke` runs against the fake upstream.
    return CONTAINER_HOST if source.get(_IN_A_CONTAINER) == "1" else None


def _origin(url: str, this_machine: str | None) -> str:
    """The key is sent here, so it must be HTTPS, or this very machine, which may have a name besides loopback."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    plain_but_local = parts.scheme == "http" and parts.hostname in {*_LOOPBACK, this_machine}
    if (parts.scheme != "https" and not plain_but_local) or not parts.hostname or parts.username is not None:
        raise MissingSettingError("UPSTREAM_BASE_URL must be an https:// address such as https://api.cometapi.com.")
    return url.rstrip("/")
