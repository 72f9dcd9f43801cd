"""The function, its event and environment; and the meaning of its answer."""

import io
import json
import os
import re
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any, ClassVar

import boto3
import pytest

from depthdrop_cli.stack.local_stack import LocalAddress
from local.one_function import invoke as invoking
from local.one_function import one_function
from local.one_function.invoke import FUNCTION_FAILED, Answer, failure_in, report
from local.one_function.one_function import EVENTS, OneFunction, event_for, function_of, logical_name
from local.one_function.runtime_interface import command
from local.stack.bundle import ROOT
from local.stack.processes import LocalStackError
from local.written import sample_events
from tests.support.template_names import template


def function(logical: str = "SubmitFunction", **variables: str) -> OneFunction:
    return OneFunction(logical, "name", "app.handler", Path(), 90, 512, variables, "depthdrop-local-inbox-1")


def test_every_function_of_the_template_has_a_sample_event() -> None:
    functions = {
        name for name, one in template()["Resources"].items() if one["Type"] == "AWS::Serverless::Function"
    }

    assert EVENTS.keys() == functions
    assert set(EVENTS.values()) <= {path.stem for path in sample_events.FOLDER.glob("*.json")}


@pytest.mark.parametrize("word", ["Submit", "submit", "SubmitFunction", "SUBMITFUNCTION"])
def test_a_function_is_found_by_its_short_name_too(word: str) -> None:
    assert logical_name(word) == "SubmitFunction"


def test_the_error_for_an_unknown_function_lists_the_known_ones() -> None:
    with pytest.raises(LocalStackError, match="There is no function Paint; say FUNCTION= one of Submit, Poll"):
        logical_name("Paint")


@pytest.mark.parametrize("name", ["submit_eventbridge", "submit_s3_notification"])
def test_the_inbox_of_a_sample_is_replaced_by_the_stacks(name: str) -> None:
    event = event_for(function(), sample_events.FOLDER / f"{name}.json", io.StringIO()).decode()

    assert "depthdrop-local-inbox-1" in json.loads(event)["Records"][0]["body"]
    assert '"depthdrop-inbox' not in event


def test_an_event_can_be_read_from_standard_input() -> None:
    assert event_for(function(), Path("-"), io.StringIO('{"resume": "x"}')) == b'{"resume": "x"}'


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [("-", "{", "- is no JSON"), ("nowhere.json", "", "nowhere.json cannot be read: No such file")],
)
def test_an_event_that_cannot_be_read_is_an_error_of_one_sentence(path: str, text: str, sentence: str) -> None:
    with pytest.raises(LocalStackError, match=sentence):
        event_for(function(), Path(path), io.StringIO(text))


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ('{"status": "ready"}', None),
        ("null", None),
        ('{"errorType": "KeyError", "errorMessage": "x", "stackTrace": []}', "KeyError: x"),
        ("Task timed out after 3.00 seconds", "Task timed out after 3.00 seconds"),
        ("", ""),
    ],
)
def test_a_failure_is_distinguished_from_a_result(body: str, failure: str | None) -> None:
    assert failure_in(body) == failure


def test_a_result_goes_to_standard_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert report("PollFunction", Answer('{"a": 1}')) == 0
    assert capsys.readouterr() == ('{"a": 1}\n', "")


def test_a_failure_goes_to_standard_error_and_into_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer('{"errorType": "KeyError", "errorMessage": "x"}', "KeyError: x")

    assert report("PollFunction", answer) == FUNCTION_FAILED
    assert capsys.readouterr() == ("", "PollFunction failed: KeyError: x\n")


@pytest.mark.parametrize(
    ("upstream", "pays"),
    [
        ("http://127.0.0.1:4000", False),
        ("https://api.cometapi.com", True),
        ("http://127.0.0.1:4000@api.cometapi.com", True),
    ],
)
def test_a_function_of_a_stack_with_the_real_upstream_is_known_to_pay(upstream: str, pays: bool) -> None:  # noqa: FBT001  # a case
    assert function(UPSTREAM_BASE_URL=upstream).pays is pays


HOSTILE = {
    "PATH": "/theirs",
    "PYTHONPATH": "/theirs",
    "PYTHONSTARTUP": "/theirs",
    "LD_PRELOAD": "/theirs",
    "DYLD_INSERT_LIBRARIES": "/theirs",
    "NODE_OPTIONS": "--require=/theirs",
    "AWS_LAMBDA_EXEC_WRAPPER": "/theirs",
    "AWS_LAMBDA_RUNTIME_API": "theirs",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://theirs",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://theirs",
    "HTTP_PROXY": "http://theirs",
    "LAMBDA_TASK_ROOT": "/theirs",
    "TMPDIR": "/theirs",
    "_HANDLER": "theirs.handler",
}


class Answers:
    """A hostile server at the stack's endpoint."""

    outputs: ClassVar = {"InboxBucketName": "inbox"}

    def resource(self, _logical: str) -> str:
        return "named"

    def get_function_configuration(self, **_: str) -> dict[str, Any]:
        variables = {**HOSTILE, "EDITS_TABLE": "edits", "UPSTREAM_BASE_URL": "http://127.0.0.1:4001"}
        configuration = {
            "FunctionName": "named",
            "Handler": "theirs.handler",
            "Role": "r",
            "Timeout": 1,
            "MemorySize": 1,
        }
        return {**configuration, "Environment": {"Variables": variables}}

    def assume_role(self, **_: str) -> dict[str, Any]:
        return {"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t"}}


@pytest.mark.parametrize("logical", EVENTS)
def test_the_template_and_not_the_endpoint_decides_what_runs(logical: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_function, "lambdas", Answers)
    monkeypatch.setattr(one_function, "find_stack", lambda _: Answers())
    monkeypatch.setattr(boto3, "client", lambda _: Answers())
    monkeypatch.setattr(LocalAddress, "enter", lambda _: None)
    address = LocalAddress.of_this_process("http://127.0.0.1:4566", "us-east-1", "s", "AKIDRUN", "secret")

    found = function_of(logical, address)

    own = template()["Resources"][logical]["Properties"]
    assert (found.handler, found.seconds, found.megabytes) == ("app.handler", own["Timeout"], own["MemorySize"])
    assert found.code == ROOT / own["CodeUri"]
    assert found.variables["EDITS_TABLE"] == "edits"
    assert "theirs" not in " ".join(found.variables.values())
    assert found.variables.keys() & HOSTILE.keys() == set()


def test_no_variable_replaces_one_that_decides_which_code_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if a later template declares it."""
    given: dict[str, str] = {}

    def started(_command: object, environment: dict[str, str], *_: object) -> None:
        given.update(environment)
        raise InterruptedError

    monkeypatch.setattr(invoking, "Child", started)
    monkeypatch.setattr(invoking, "free_ports", lambda _: [1, 2])
    monkeypatch.setattr(invoking, "command", lambda *_: [])
    with pytest.raises(InterruptedError), invoking.served(function(**HOSTILE), "ours", tmp_path):
        pass

    assert (given["PYTHONPATH"], given["PATH"], given["TMPDIR"]) == ("ours", os.environ["PATH"], str(tmp_path))
    assert given["LAMBDA_TASK_ROOT"] == "."


def test_the_template_names_no_variable_that_would_change_which_code_runs() -> None:
    functions = [
        template()["Globals"]["Function"],
        *(template()["Resources"][logical]["Properties"] for logical in EVENTS),
    ]
    names = {name for one in functions for name in one["Environment"]["Variables"]}

    assert not [name for name in names if re.match("_|PATH$|PYTHON|LD_|DYLD_|NODE_|AWS_|LAMBDA_|.*PROXY$", name)]


@pytest.mark.skipif(sys.platform != "linux", reason="the emulator is a program for Linux")
def test_with_a_debug_port_the_runtime_waits_there_for_a_debugger() -> None:
    usual = command(1, 2, "app.handler", "error")
    waiting = command(1, 2, "app.handler", "error", 5678)

    assert [word for word in waiting if word not in usual] == [
        "debugpy",
        "--listen",
        "127.0.0.1:5678",
        "--wait-for-client",
    ]
    assert waiting[-2:] == usual[-2:] == ["awslambdaric", "app.handler"]


def test_without_a_debugger_installed_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_folder: Path, names: tuple[str, ...]) -> None:
        raise PackageNotFoundError(names[-1])

    monkeypatch.setattr(invoking, "layer_for_run", lambda _: b"")
    monkeypatch.setattr(invoking, "link_libraries", missing)

    with pytest.raises(LocalStackError, match=r"debugpy is not installed.*pip install debugpy"):
        invoking.invoke(function(), b"{}", tmp_path, debug_port=5678)
