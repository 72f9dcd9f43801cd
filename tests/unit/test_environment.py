"""Settings from the environment: complete and named, or a message that says which one is not."""

from dataclasses import fields
from decimal import Decimal

import pytest

from depthdrop.environment import (
    CONTAINER_HOST,
    FinalizeEnvironment,
    MissingSettingError,
    PollEnvironment,
    SubmitEnvironment,
    SweepEnvironment,
    UpstreamEnvironment,
    container_host,
    load,
    loopback_links_allowed,
)
from local.stack.bundle import TEMPLATE

KINDS = [SubmitEnvironment, PollEnvironment, FinalizeEnvironment, SweepEnvironment]
UPSTREAM = {"UPSTREAM_BASE_URL": "https://api.cometapi.com", "UPSTREAM_KEY_SECRET_ARN": "arn"}


def _complete(kind: type) -> dict[str, str]:
    numbers = {field.name.upper(): "7" for field in fields(kind) if field.type in {int, "int"}}
    texts = {field.name.upper(): "text" for field in fields(kind)}
    dollars = {field.name.upper(): "5.50" for field in fields(kind) if field.type is Decimal}
    return texts | numbers | dollars | UPSTREAM


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, field.name) for kind in KINDS for field in fields(kind)],
    ids=lambda value: str(value)[-40:],
)
@pytest.mark.parametrize("given", ["missing", "empty"])
def test_a_variable_that_is_missing_or_empty_is_named(kind: type, name: str, given: str) -> None:
    source = _complete(kind)
    source[name.upper()] = ""
    if given == "missing":
        del source[name.upper()]

    if given == "empty" and name.endswith(("_prefix", "fallback_model", "event_bus_name")):
        assert getattr(load(kind, source), name) == ""
    else:
        with pytest.raises(MissingSettingError, match=f" {name.upper()} is missing"):
            load(kind, source)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_numbers_and_texts_are_texts(kind: type) -> None:
    loaded: object = load(kind, _complete(kind))

    assert {type(getattr(loaded, field.name)) for field in fields(kind)} <= {int, str, Decimal}
    assert getattr(loaded, "daily_budget_usd", Decimal("5.5")) == Decimal("5.5")
    assert getattr(loaded, "slots", 7) == 7


@pytest.mark.parametrize("raw", ["seven", "7.5", "0x7", "7s"])
def test_a_number_that_is_none_is_named(raw: str) -> None:
    with pytest.raises(MissingSettingError, match="SLOTS must be a whole number"):
        load(SweepEnvironment, _complete(SweepEnvironment) | {"SLOTS": raw})


@pytest.mark.parametrize("raw", ["five", "-1", "NaN", "1e3", "Infinity", "5,50", "0x5", " 5", "5.", "1.23456"])
def test_an_amount_of_dollars_that_is_none_is_named(raw: str) -> None:
    with pytest.raises(MissingSettingError, match="DAILY_BUDGET_USD must be an amount of US dollars"):
        load(SweepEnvironment, _complete(SweepEnvironment) | {"DAILY_BUDGET_USD": raw})


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.cometapi.com", "https://api.cometapi.com"),
        ("https://api.cometapi.com/", "https://api.cometapi.com"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_key_is_sent_over_https_or_to_this_machine(url: str, base: str) -> None:
    assert load(UpstreamEnvironment, UPSTREAM | {"UPSTREAM_BASE_URL": url}).upstream_base_url == base


@pytest.mark.parametrize(
    "url",
    [
        "http://api.cometapi.com",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.2",
        "http://localhost@evil.example",
        "https://user:password@api.cometapi.com",
        "https://@api.cometapi.com",
        "ftp://localhost",
        "api.cometapi.com",
        "https://",
        "https:///path",
        "//api.cometapi.com",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
def test_the_key_is_sent_nowhere_else(url: str) -> None:
    with pytest.raises(MissingSettingError, match="UPSTREAM_BASE_URL"):
        load(UpstreamEnvironment, UPSTREAM | {"UPSTREAM_BASE_URL": url})


MACHINE = "DEPTHDROP_ALLOW_CONTAINER_HOST"


def test_the_key_is_sent_to_a_containers_own_machine_only_when_that_is_asked_for() -> None:
    given = UPSTREAM | {"UPSTREAM_BASE_URL": "http://host.docker.internal:8000/"}

    assert load(UpstreamEnvironment, given | {MACHINE: "1"}).upstream_base_url == "http://host.docker.internal:8000"
    for name, value in ((MACHINE, "0"), (MACHINE, ""), (MACHINE, "true"), ("AWS_SAM_LOCAL", "true")):
        with pytest.raises(MissingSettingError, match="UPSTREAM_BASE_URL"):
            load(UpstreamEnvironment, given | {name: value})


@pytest.mark.parametrize(
    "url",
    [
        "http://api.cometapi.com",
        "http://host.docker.internal.evil.example:8000",
        "http://evil.example/host.docker.internal",
        "http://host.docker.internal@evil.example",
        "http://172.17.0.1:8000",
        "http://gateway.docker.internal:8000",
    ],
)
def test_a_containers_machine_is_one_name_and_no_other(url: str) -> None:
    with pytest.raises(MissingSettingError, match="UPSTREAM_BASE_URL"):
        load(UpstreamEnvironment, UPSTREAM | {"UPSTREAM_BASE_URL": url, MACHINE: "1"})


def test_no_template_knows_what_allows_plain_http_to_more_than_loopback() -> None:
    text = TEMPLATE.read_text()

    assert "DEPTHDROP_ALLOW" not in text
    assert CONTAINER_HOST not in text
    assert container_host({}) is None
    assert container_host({MACHINE: "1"}) == CONTAINER_HOST


@pytest.mark.parametrize(("source", "allowed"), [({}, False), ({"X": "1"}, False)])
def test_links_to_this_machine_are_followed_only_when_asked_for(source: dict[str, str], allowed: bool) -> None:  # noqa: FBT001  # a table
    name = "DEPTHDROP_ALLOW_LOOPBACK_LINKS"

    assert loopback_links_allowed(source) is allowed
    assert loopback_links_allowed({name: "1"})
    assert not loopback_links_allowed({name: "0"})
    assert not loopback_links_allowed({name: ""})
