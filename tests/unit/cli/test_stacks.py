"""Finding the stack by name, or the local one; and one sentence for each error."""

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from depthdrop import __version__
from depthdrop_cli.app import app
from tests.support.operator_cloud import Cloud
from tests.support.template_names import template


def test_a_missing_stack_is_named_with_its_region(cloud: Cloud) -> None:
    ended = CliRunner().invoke(app, ["status", "--stack", "elsewhere"])

    assert cloud.stack
    assert ended.exit_code == 1
    assert "There is no stack elsewhere in us-east-1." in ended.stderr


@pytest.mark.usefixtures("cloud")
def test_without_any_stack_both_ways_to_get_one_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        (PermissionError(13, "Permission denied"), "Error on this machine"),
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


def test_a_call_that_aws_refuses_is_named(cloud: Cloud) -> None:
    cloud.refused["ListStackResources"] = "AccessDenied"

    assert "AWS refused ListStackResources: AccessDenied" in cloud.run("status").stderr


def test_a_stack_of_another_kind_is_an_error(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "_resources", lambda _: {"StackResourceSummaries": []})

    assert "it is not a depthdrop stack" in cloud.run("status").stderr


def test_a_stack_of_another_version_is_an_error_that_names_the_setting(cloud: Cloud) -> None:
    cloud.odd["SubmitFunction"] = {"SLOTS": "many"}

    assert "another version of depthdrop" in cloud.run("status").stderr


def test_the_template_has_the_version_of_the_package() -> None:
    assert template()["Outputs"]["Version"]["Value"] == __version__
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == __version__


@pytest.mark.parametrize("command", ["status", "list", "explain", "drop", "cancel", "replay", "ledger", "doctor"])
def test_every_command_can_print_json(command: str) -> None:
    assert "--json" in CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout


def test_the_help_lists_the_exit_codes() -> None:
    assert "5 not finished" in " ".join(CliRunner().invoke(app, ["--help"], env={"COLUMNS": "300"}).stdout.split())
