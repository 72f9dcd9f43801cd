"""secret: one line from standard input goes into the secret, and nowhere else."""

import getpass
import io
import sys
from types import SimpleNamespace

import pytest

from depthdrop import aws
from depthdrop_cli.commands import secret
from depthdrop_cli.terminal.errors import UsageError
from tests.support.aws import SECRET
from tests.support.operator_cloud import Cloud
from tests.support.scripted import KEY

NEW = "sk-another-9a8b7c"


def _stored() -> str:
    return aws.secretsmanager().get_secret_value(SecretId=SECRET)["SecretString"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_the_piped_line_becomes_the_key_without_its_end(cloud: Cloud, end: str) -> None:
    ended = cloud.run("secret", answer=f"{NEW}{end}")

    assert ended.exit_code == 0
    assert _stored() == NEW
    assert f"The key ({len(NEW)} characters) is in the secret of depthdrop." in ended.stderr


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_key_is_not_printed(cloud: Cloud, arguments: list[str]) -> None:
    ended = cloud.run("secret", *arguments, answer=f"{NEW}\n")

    assert ended.exit_code == 0
    assert NEW not in ended.output


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "no key on standard input"),
        (" \n", "no key on standard input"),
        ("sk-one\nsk-two\n", "A key is one line; these are 2."),
        ("sk one", "blanks"),
        ("sk-\x1b[31m", "blanks, or characters"),
        ("sk-é", "characters that a header cannot hold"),
        ("k" * 5000, "more than 4096 bytes"),
    ],
)
def test_an_invalid_key_changes_nothing_and_is_not_printed(cloud: Cloud, given: str, sentence: str) -> None:
    ended = cloud.run("secret", answer=given)

    assert ended.exit_code == 2
    assert sentence in ended.stderr
    assert not given.strip() or given.strip() not in ended.output
    assert _stored() == KEY


def test_there_is_no_argument_for_a_key(cloud: Cloud) -> None:
    ended = cloud.run("secret", NEW)

    assert ended.exit_code == 2
    assert _stored() == KEY


def test_at_a_terminal_the_key_is_typed_without_an_echo(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return NEW

    monkeypatch.setattr(secret, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    monkeypatch.setattr(getpass, "getpass", typed)

    assert cloud.run("secret").exit_code == 0
    assert _stored() == NEW
    assert "does not show" in asked[0]


def test_a_stack_without_the_secret_fails_before_the_key_is_read(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(cloud.stack.names, "UpstreamKey")
    untouched = io.TextIOWrapper(io.BytesIO(NEW.encode()))
    monkeypatch.setattr(sys, "stdin", untouched)

    assert "is not a depthdrop stack" in cloud.run("secret", answer=NEW).stderr
    assert _stored() == KEY


def test_a_key_must_be_one_line_of_visible_characters() -> None:
    assert secret.key_of(b" sk-1 \n") == "sk-1"
    with pytest.raises(UsageError):
        secret.key_of(b"sk\t1")
