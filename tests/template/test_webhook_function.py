"""The receiver's Lambda form as it is put together and deployed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local.stack.bundle import ROOT, load_template
from receiver.settings import FunctionSettings, load
from tests.template.test_tools import BIN, run

EXAMPLE = ROOT / "webhook" / "receiver"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return load_template(EXAMPLE / "template.yaml")


@pytest.fixture(scope="module")
def transformed() -> dict[str, Any]:
    """What SAM makes of the template."""
    source = load_template(EXAMPLE / "template.yaml")
    source["Resources"]["Receiver"]["Properties"]["CodeUri"] = "s3://bucket/key"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    resources: dict[str, Any] = translator.translate(source, {})["Resources"]
    return resources


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's folder without its libraries, which the pins hold."""
    folder = tmp_path_factory.mktemp("function")
    made = run(["make", "--silent", "-C", str(EXAMPLE), "function", f"OUT={folder}", "INSTALL=true"])
    assert made.returncode == 0, made.stderr
    return folder


def test_the_linter_has_no_complaint() -> None:
    linted = run([str(BIN / "cfn-lint"), "--regions", "us-east-1", "--", str(EXAMPLE / "template.yaml")])

    assert (linted.stdout, linted.returncode) == ("", 0)


def test_the_handler_is_in_what_is_put_together(template: dict[str, Any], assembled: Path) -> None:
    module, _, function = template["Resources"]["Receiver"]["Properties"]["Handler"].rpartition(".")
    program = f"import {module} as m, depthdrop_webhook as w; print(callable(m.{function}), w.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=assembled,
        env={"PYTHONPATH": str(assembled)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.stdout.split() == ["True", str(assembled / "depthdrop_webhook" / "__init__.py")], done.stderr


def test_the_development_switch_is_not_in_what_is_put_together(assembled: Path) -> None:
    names = {str(path.relative_to(assembled)) for path in assembled.rglob("*.py")}

    assert "webhook/development.py" not in names
    assert "webhook/function.py" in names


def test_the_function_gets_the_settings_that_it_reads(template: dict[str, Any]) -> None:
    given = template["Resources"]["Receiver"]["Properties"]["Environment"]["Variables"]

    assert load(FunctionSettings, dict.fromkeys(given, "x")) == FunctionSettings(topic_arn="x", events_table="x")


def test_the_function_may_do_with_its_table_what_its_inbox_does_and_no_more(template: dict[str, Any]) -> None:
    (policy,) = template["Resources"]["Receiver"]["Properties"]["Policies"]
    (statement,) = policy["Statement"]
    calls = (EXAMPLE / "dynamodb_inbox.py").read_text()
    used = {
        action
        for action, call in [
            ("PutItem", "put_item("),
            ("UpdateItem", "update_item("),
            ("DeleteItem", "delete_item("),
        ]
        if f"self.client.{call}" in calls
    }

    assert {action.removeprefix("dynamodb:") for action in statement["Action"]} == used
    assert calls.count("self.client.") == len(used)
    assert statement["Resource"] == {"Fn::GetAtt": ["Events", "Arn"]}


def test_sns_is_given_the_url_only_once_everybody_may_call_it(transformed: dict[str, Any]) -> None:
    permissions = {name for name, one in transformed.items() if one["Type"] == "AWS::Lambda::Permission"}

    assert len(permissions) == 2
    assert set(transformed["Subscription"]["DependsOn"]) == permissions


def test_a_limit_of_invocations_is_reserved_only_when_it_is_asked_for(template: dict[str, Any]) -> None:
    """A new account has 10 concurrent invocations, of which none may be reserved."""
    limit = template["Resources"]["Receiver"]["Properties"]["ReservedConcurrentExecutions"]

    assert template["Parameters"]["ReservedConcurrency"]["Default"] == 0
    assert limit == {"Fn::If": ["ReservesConcurrency", {"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"]["ReservesConcurrency"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ReservedConcurrency"}, 0]}]
    }
