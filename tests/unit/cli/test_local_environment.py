"""A command that speaks to the local stack speaks to nothing else, whatever the shell's settings lead to."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.utils import get_environ_proxies

from depthdrop_cli.stack.local_stack import LocalAddress
from depthdrop_cli.stack.stacks import find_stack
from tests.support.operator_cloud import NAME, Cloud

URL = "http://127.0.0.1:4566"
ELSEWHERE = "http://elsewhere.example:8080"
PROFILE = f"""
[default]
region = eu-west-1
services = lab
endpoint_url = {ELSEWHERE}
ignore_configured_endpoint_urls = true
aws_access_key_id = THEIRS
aws_secret_access_key = theirs
aws_session_token = theirs
[profile lab]
services = lab
[services lab]
secretsmanager =
  endpoint_url = {ELSEWHERE}
"""


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """The command changes its own process's, for good."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    boto3.DEFAULT_SESSION = None


@pytest.fixture
def here(tmp_path: Path, cloud: Cloud) -> Path:
    """Where `make up` runs."""
    assert cloud.stack
    LocalAddress.of_this_process(URL, "us-east-1", NAME, "AKIDRUN", "its secret").write(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "hostile",
    [
        {},
        {"AWS_ENDPOINT_URL_SECRETS_MANAGER": ELSEWHERE, "AWS_ENDPOINT_URL_S3": ELSEWHERE},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_CONFIG_FILE": "profile"},
        {"AWS_CONFIG_FILE": "profile", "AWS_PROFILE": "lab"},
        {"AWS_CONFIG_FILE": "profile", "AWS_DEFAULT_PROFILE": "lab"},
        {"AWS_SHARED_CREDENTIALS_FILE": "profile"},
        {"AWS_SECURITY_TOKEN": "theirs"},
        {"AWS_SESSION_TOKEN": "theirs", "AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"},
        {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"http_proxy": ELSEWHERE, "no_proxy": "internal.example"},
        {"HTTP_PROXY": ELSEWHERE, "all_proxy": ELSEWHERE, "no_proxy": ""},
    ],
    ids=lambda hostile: ",".join(hostile) or "nothing",
)
def test_every_client_of_the_local_stack_speaks_to_its_endpoint_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch, hostile: dict[str, str]
) -> None:
    (here / "profile").write_text(PROFILE)
    for name, value in hostile.items():
        monkeypatch.setenv(name, str(here / value) if value == "profile" else value)
    boto3.setup_default_session()  # `make up` has made clients of the emulator by then

    monkeypatch.chdir(here)
    find_stack(None)

    own: Any = botocore.session.get_session()
    default: Any = boto3.DEFAULT_SESSION
    for make, session in ((default.client, default), (own.create_client, own)):
        for service in ("secretsmanager", "s3", "sts", "lambda", "cloudformation"):
            address = make(service).meta.endpoint_url
            assert address == URL
            assert get_environ_proxies(address) == {}
        assert session.get_credentials().get_frozen_credentials()[:3] == ("AKIDRUN", "its secret", None)


def test_other_proxy_exceptions_are_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command `doctor` asks the real upstream, through the shell's proxy."""
    monkeypatch.setenv("https_proxy", ELSEWHERE)
    monkeypatch.setenv("no_proxy", "internal.example")

    monkeypatch.chdir(here)
    find_stack(None)

    assert get_environ_proxies("https://api.example")["https"] == ELSEWHERE
    assert get_environ_proxies("https://internal.example") == {}


def test_a_named_stack_uses_the_shells_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", ELSEWHERE)

    find_stack(NAME)

    assert boto3.client("s3").meta.endpoint_url == ELSEWHERE
