"""The key is fetched when needed, kept for a while, and never shown."""

import logging

import pytest
from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop.upstream.key import KeyMissingError, UpstreamKey
from tests.support.aws import SECRET, Stack
from tests.support.scripted import KEY


@pytest.fixture
def key(stack: Stack) -> UpstreamKey:
    return UpstreamKey(stack.names["UpstreamKey"])


def test_the_key_is_the_secrets_text_without_what_editors_add(stack: Stack, key: UpstreamKey) -> None:
    stack.set_key(f"  {KEY}\n")

    assert key.current() == KEY


def test_a_kept_key_is_used_until_a_fresh_one_is_requested(stack: Stack, key: UpstreamKey) -> None:
    key.current()
    stack.set_key("sk-rotated")

    assert key.current() == KEY
    assert key.refetched() == "sk-rotated"
    assert key.current() == "sk-rotated"


def test_a_kept_key_is_looked_up_again_after_five_minutes(stack: Stack) -> None:
    now = 0.0
    key = UpstreamKey(stack.names["UpstreamKey"], monotonic=lambda: now)
    key.current()
    stack.set_key("sk-rotated")
    now = 299.0
    kept = key.current()
    now = 301.0

    assert (kept, key.current()) == (KEY, "sk-rotated")


def test_a_secret_without_a_value_is_a_missing_key(stack: Stack) -> None:
    aws.secretsmanager().create_secret(Name="empty")

    with pytest.raises(KeyMissingError, match="SetKeyCommand"):
        UpstreamKey("empty").current()
    assert stack.names["UpstreamKey"]


@pytest.mark.parametrize("value", [" ", "two words", "schlüssel", "line\nbreak", "sk-\x07bell"])
def test_a_value_that_can_be_no_key_is_a_missing_key(stack: Stack, key: UpstreamKey, value: str) -> None:
    stack.set_key(value)

    with pytest.raises(KeyMissingError) as raised:
        key.current()
    assert value.strip() not in str(raised.value) or not value.strip()


def test_a_binary_secret_is_a_missing_key(key: UpstreamKey) -> None:
    aws.secretsmanager().put_secret_value(SecretId=SECRET, SecretBinary=b"sk-binary")

    with pytest.raises(KeyMissingError):
        key.current()


def test_any_other_trouble_is_not_a_missing_key(key: UpstreamKey) -> None:
    aws.secretsmanager().delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)

    with pytest.raises(ClientError):
        key.current()


def test_the_key_is_in_no_repr_and_no_log(key: UpstreamKey, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        key.current()
        key.refetched()

    assert KEY not in repr(key) + str(vars(key)) + caplog.text
