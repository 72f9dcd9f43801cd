"""Finding the stack: by name, or the local one; and one sentence for whatever stands in the way."""

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from depthdrop import __version__
from depthdrop_cli.app import app
from tests.unit.cli.cloud import Cloud
from tests.unit.template import template


def test_a_stack_that_is_not_there_is_told_with_the_region(cloud: Cloud) -> None:
    ended = CliRunner().invoke(app, ["status", "--stack", "elsewhere"])

    assert cloud.stack
    assert ended.exit_code == 1
    assert "There is no stack elsewhere in us-east-1." in ended.stderr


@pytest.mark.usefixtures("cloud")
def test_without_a_name_and_without_a_local_stack_both_ways_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = CliRunner().invoke(app, ["status"])

    assert ended.exit_code == 1
    assert "--stack NAME" in ended.stderr
    assert "make up" in ended.stderr


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoCredentialsError(), "There are no AWS credentials."),
        (EndpointConnectionError(endpoint_url="https://x"), "AWS could not be reached"),
        (PermissionError(13, "Permission denied"), "This machine stood in the way"),
        (KeyboardInterrupt(), "Interrupted."),
    ],
)
def test_trouble_ends_in_a_sentence_and_not_in_a_traceback(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, error: BaseException, sentence: str
) -> None:
    def raising(*_: object) -> None:
        raise error

    monkeypatch.setattr("depthdrop_cli.app.find_stack", raising)
    ended = cloud.run("status")

    assert ended.exit_code == (130 if isinstance(error, KeyboardInterrupt) else 1)
    assert sentence in ended.stderr
    assert "Traceback" not in ended.output


def test_what_aws_refuses_is_told_with_its_name(cloud: Cloud) -> None:
    cloud.refused["ListStackResources"] = "AccessDenied"

    assert "AWS refused ListStackResources: AccessDenied" in cloud.run("status").stderr


def test_a_stack_of_another_kind_is_told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "_resources", lambda _: {"StackResourceSummaries": []})

    assert "it is no stack of depthdrop" in cloud.run("status").stderr


def test_a_stack_of_another_version_is_told_with_the_setting(cloud: Cloud) -> None:
    cloud.odd["SubmitFunction"] = {"SLOTS": "many"}

    assert "another version of depthdrop" in cloud.run("status").stderr


def test_the_template_tells_the_version_of_the_package() -> None:
    assert template()["Outputs"]["Version"]["Value"] == __version__
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == __version__


@pytest.mark.parametrize("command", ["status", "list", "explain", "drop", "cancel", "replay", "ledger", "doctor"])
def test_every_command_speaks_json(command: str) -> None:
    assert "--json" in CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout


def test_the_exit_codes_stand_in_the_help() -> None:
    assert "5 still going on" in " ".join(
        CliRunner().invoke(app, ["--help"], env={"COLUMNS": "300"}).stdout.split()
    )
