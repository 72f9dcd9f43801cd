"""A wrong setting is named, and the development switch works only if everything is on this machine."""

from pathlib import Path
from typing import Any

import pytest

from depthdrop_webhook import HttpsDownload, Verifier
from depthdrop_webhook.download import connect_to
from receiver.service import make_receiver
from receiver.settings import (
    FunctionSettings,
    ServiceSettings,
    SettingsError,
    explained,
    load,
    make_verifier,
)
from signer.authority import root
from tests.unit.webhook.delivery import TOPIC, sns

LOCAL = ((("commonName", "local"),),)
LOCAL_TOPIC = "arn:aws:sns:us-east-1:000000000000:depthdrop-notices"


def test_only_the_topic_is_needed_and_the_rest_is_strict_and_local() -> None:
    settings = load(ServiceSettings, {"WEBHOOK_TOPIC_ARN": TOPIC, "PATH": "/bin"})

    assert settings == ServiceSettings(
        topic_arn=TOPIC,
        require_sha256=False,
        roots_file=None,
        host="127.0.0.1",
        port=8080,
        path="/sns",
        database=Path("events.sqlite3"),
        development_signer=None,
        development_authority=None,
    )


def test_settings_are_read_by_their_types() -> None:
    given = {"TOPIC_ARN": TOPIC, "PORT": "9000", "REQUIRE_SHA256": "true", "DATABASE": "/data/e", "ROOTS_FILE": "r"}
    settings = load(ServiceSettings, {f"WEBHOOK_{name}": value for name, value in given.items()})

    assert (settings.port, settings.require_sha256) == (9000, True)
    assert (settings.database, settings.roots_file) == (Path("/data/e"), Path("r"))


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"WEBHOOK_TOPIC_ARN": ""}, "WEBHOOK_TOPIC_ARN is missing: the topic"),
        ({"WEBHOOK_PORT": "http"}, "WEBHOOK_PORT must be a whole number, not 'http'."),
        ({"WEBHOOK_PORT": "70000"}, "WEBHOOK_PORT must be from 1 to 65535."),
        ({"WEBHOOK_PATH": "sns"}, "WEBHOOK_PATH must begin with a slash"),
        ({"WEBHOOK_REQUIRE_SHA256": "yes"}, "WEBHOOK_REQUIRE_SHA256 must be 1 or 0, not 'yes'."),
        ({"WEBHOOK_REQUIRE_SHA_256": "1"}, "WEBHOOK_REQUIRE_SHA_256 is not a setting. There are WEBHOOK_DATABASE"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(ServiceSettings, {"WEBHOOK_TOPIC_ARN": TOPIC} | environment)
    assert str(error.value).startswith(sentence)


def test_the_function_has_no_development_switch() -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_DEVELOPMENT_SIGNER is not a setting"):
        load(FunctionSettings, {"WEBHOOK_TOPIC_ARN": TOPIC, "WEBHOOK_DEVELOPMENT_SIGNER": "127.0.0.1:1"})


@pytest.mark.parametrize("kind", [ServiceSettings, FunctionSettings])
def test_every_setting_is_explained(kind: type) -> None:
    lines = explained(kind).splitlines()

    assert len(lines) == len(kind.__dataclass_fields__)  # type: ignore[attr-defined]  # of a dataclass
    assert all(line.split(maxsplit=1)[1] for line in lines)


def test_an_invalid_topic_and_an_invalid_file_of_roots_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_TOPIC_ARN: 'x' is not the ARN of a topic"):
        make_verifier(ServiceSettings(topic_arn="x"), HttpsDownload())
    with pytest.raises(SettingsError, match="WEBHOOK_ROOTS_FILE"):
        make_verifier(ServiceSettings(topic_arn=TOPIC, roots_file=tmp_path / "none"), HttpsDownload())


def test_roots_reach_the_verifier(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(sns().pem)

    verifier = make_verifier(ServiceSettings(topic_arn=TOPIC, roots_file=file), HttpsDownload())

    assert list(verifier.roots) == [sns().certificate]


def development(tmp_path: Path, **changes: object) -> ServiceSettings:
    authority = tmp_path / "authority.pem"
    authority.write_bytes(root("local").pem)
    wanted = {
        "topic_arn": LOCAL_TOPIC,
        "development_signer": "127.0.0.1:8443",
        "development_authority": authority,
        "database": tmp_path / "events.sqlite3",
    }
    return ServiceSettings(**{**wanted, **changes})  # type: ignore[arg-type]  # each of its field's type


def _fetch(verifier: Verifier) -> HttpsDownload:
    assert isinstance(verifier.fetch, HttpsDownload)
    return verifier.fetch


@pytest.mark.parametrize("signer", ["127.0.0.1:8443", "127.8.8.8:1", "[::1]:8443"])
def test_the_switch_works_on_this_machine_and_trusts_the_local_authority_alone(tmp_path: Path, signer: str) -> None:
    receiver = make_receiver(development(tmp_path, development_signer=signer))
    trusted: list[Any] = _fetch(receiver.verifier).context.get_ca_certs()

    assert [one["subject"] for one in trusted] == [LOCAL]


def test_without_the_switch_the_systems_authorities_are_trusted_and_the_local_one_is_not(tmp_path: Path) -> None:
    receiver = make_receiver(development(tmp_path, development_signer=None))
    fetch = _fetch(receiver.verifier)
    trusted: list[Any] = fetch.context.get_ca_certs()

    assert fetch.context.check_hostname
    assert LOCAL not in [one["subject"] for one in trusted]
    assert fetch.connect is connect_to


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"development_signer": "sns.us-east-1.amazonaws.com:443"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "localhost:8443"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "10.0.0.5:8443"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "0.0.0.0:8443"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "[::ffff:8.8.8.8]:8443"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "127.0.0.1"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "1"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"development_signer": "127.0.0.1:8443\n"}, "WEBHOOK_DEVELOPMENT_SIGNER"),
        ({"host": "0.0.0.0"}, "WEBHOOK_HOST"),  # noqa: S104  # what must be refused
        ({"host": "::"}, "WEBHOOK_HOST"),
        ({"host": "receiver.example"}, "WEBHOOK_HOST"),
        ({"topic_arn": TOPIC}, "WEBHOOK_TOPIC_ARN"),
        ({"development_authority": None}, "WEBHOOK_DEVELOPMENT_AUTHORITY"),
        ({"development_authority": Path("/nowhere/ca.pem")}, "WEBHOOK_DEVELOPMENT_AUTHORITY"),
    ],
)
def test_the_switch_refuses_every_setting_that_is_not_of_this_machine(
    tmp_path: Path, changes: dict[str, object], named: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{named} "):
        make_receiver(development(tmp_path, **changes))
