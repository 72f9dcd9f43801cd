"""`make invoke`: one function apart from the others, against the local stack."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from depthdrop_cli.stack.local_stack import LocalAddress
from local.fake_upstream import Settings
from local.one_function import invoke as invoking
from local.one_function.invoke import invoke
from local.one_function.one_function import OneFunction, address_of, event_for, function_of, logical_name
from local.stack.bundle import ROOT
from local.stack.emulator import REGION
from local.stack.stack import LocalStack, Options, local_stack, run_folder
from local.written.sample_events import EDIT_ID, KEY, TASK
from tests.system.e2e.commands import environment
from tests.system.e2e.listening import tree
from tests.system.e2e.photographs import photograph
from tests.system.workflow.executions import until
from tests.system.workflow.paid_edit import pay

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="the runtime interface emulator is a program for Linux"),
]


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """Nothing but what the tests invoke takes messages from the queue."""
    with local_stack(Options(upstream=Settings(speed=20))) as made:
        functions = made.emulator.client("lambda")
        for one in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=one["UUID"], Enabled=False)
        yield made


@pytest.fixture
def folder(tmp_path: Path, stack: LocalStack) -> Path:
    """Where `make up` would have been called."""
    address_of(stack.emulator).write(tmp_path)
    return tmp_path


@pytest.fixture
def here(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> LocalAddress:
    """For what changes this process's environment, as the commands do with theirs."""
    address = address_of(stack.emulator)
    for name, value in address.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would keep them
    return address


def _start(module: str, folder: Path, *arguments: str, typed: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment(),
        stdin=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _invoke(folder: Path, function: str, event: str | None, typed: str = "") -> "subprocess.CompletedProcess[str]":
    given = [] if event is None else ["--event", event if event == "-" else str(ROOT / "events" / f"{event}.json")]
    with _start("local.one_function.invoke", folder, function, *given, typed=subprocess.PIPE) as process:
        output, errors = process.communicate(typed, timeout=240)
    return subprocess.CompletedProcess([], process.returncode, output, errors)


def _edit_of_the_samples(stack: LocalStack) -> None:
    """The paid edit that the events for poll and finalize speak of."""
    [bought] = [edit for edit in stack.records("edit#") if edit["image_key"] == KEY]
    dynamodb = stack.emulator.client("dynamodb")
    item = dynamodb.get_item(TableName=stack.outputs["EditsTableName"], Key={"pk": {"S": bought["pk"]}})["Item"]
    renamed = {"pk": f"edit#{EDIT_ID}", "edit_id": EDIT_ID, "task_id": TASK.task_id, "state": "SUBMITTED"}
    own = {name: {"S": value} for name, value in renamed.items()}
    dynamodb.put_item(TableName=stack.outputs["EditsTableName"], Item={**item, **own})


def test_every_function_runs_on_every_sample(folder: Path, stack: LocalStack, here: LocalAddress) -> None:
    stack.put(f"{KEY.removesuffix('.jpg')}.txt", b"a watercolour")
    stack.put(KEY, photograph())
    by_command = _invoke(folder, "Submit", "submit_eventbridge")
    assert by_command.returncode == 0, by_command.stderr
    _edit_of_the_samples(stack)
    answers = {
        name: _invoked(here, name)
        for name in sorted(path.stem for path in (ROOT / "events").glob("*.json"))
        if name != "submit_eventbridge"
    }

    assert json.loads(by_command.stdout) == {"batchItemFailures": []}
    assert '"settled":"Done' in by_command.stderr  # the function's own log
    assert answers["submit_s3_notification"] == answers["submit_parked_drop"] == {"batchItemFailures": []}
    assert answers["poll"]["code"] == "task_not_found"
    assert answers["finalize_ready"]["status"] in {"again", "done"}
    assert answers["finalize_failed"] == answers["finalize_expired"] == {"status": "done"}
    assert "parked_released" in answers["sweep"]
    assert stack.upstream is not None
    assert len(stack.upstream.ledger.charges) == 1  # submit's two forms of one event


def _invoked(here: LocalAddress, sample: str) -> dict[str, Any]:
    """As the command does it, in this process."""
    function = function_of(logical_name(sample.partition("_")[0]), here)
    event = event_for(function, ROOT / "events" / f"{sample}.json", None)
    with run_folder() as folder:
        answer = invoke(function, event, folder)
    assert answer.failure is None, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_what_fails_says_why_and_ends_in_its_own_exit_code(folder: Path) -> None:
    failed = _invoke(folder, "Finalize", "-", json.dumps({"edit_id": "0" * 64, "attempt": 1}))

    assert (failed.returncode, failed.stdout) == (3, "")
    assert "FinalizeFunction failed: LookupError: there is no record of edit 000" in failed.stderr


def test_a_function_has_no_more_rights_than_its_role(stack: LocalStack, here: LocalAddress) -> None:
    function = function_of("PollFunction", here)
    session = boto3.Session(
        region_name=REGION,
        aws_access_key_id=function.variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=function.variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=function.variables["AWS_SESSION_TOKEN"],
    )
    dynamodb = session.client("dynamodb", endpoint_url=stack.emulator.url)

    with pytest.raises(dynamodb.exceptions.ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=stack.outputs["EditsTableName"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whatever_stops_it_leaves_no_process(folder: Path, stack: LocalStack, number: int) -> None:
    paid = pay(stack, f"never ready {number} [[fault poll.pending]]")
    event = folder / "event.json"
    event.write_text(json.dumps(paid.state))
    with _start("local.one_function.invoke", folder, "Poll", "--event", str(event)) as process:
        runtime = until(lambda: _runtime_of(process.pid), "the runtime")
        time.sleep(1)  # it lingers by now
        process.send_signal(number)
        process.communicate(timeout=240)

    until(lambda: True if not any(_is_running(pid) for pid in runtime) else None, "the end of them all")
    assert process.returncode == (-number if number == signal.SIGKILL else 130)


# Like the emulator in what matters: it listens, and what it starts has a group of its own.
_STUBBORN = """
import http.server, subprocess, sys
started = subprocess.Popen(["sleep", "300"], process_group=0)
print(started.pid, file=open(sys.argv[2], "w"), flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def test_a_runtime_that_outlives_its_emulator_is_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stubborn(front: int, *_: object, **__: object) -> list[str]:
        return [sys.executable, "-c", _STUBBORN, str(front), str(tmp_path / "pid")]

    monkeypatch.setattr(invoking, "command", stubborn)
    function = OneFunction("PollFunction", "poll", "app.handler", tmp_path, 90, 256, {}, "inbox")
    with invoking.served(function, "", tmp_path):
        pid = int((tmp_path / "pid").read_text())
        assert _is_running(pid)

    until(lambda: None if _is_running(pid) else True, "its end")


def _runtime_of(parent: int) -> list[int] | None:
    """Everything that was started below this process, once the runtime is among it."""
    below = sorted(tree(parent) - {parent})
    return below if len(below) >= 3 else None  # guard, emulator, runtime


def _is_running(pid: int) -> bool:
    try:
        return "Z" not in re.sub(r"^.*\) ", "", Path(f"/proc/{pid}/stat").read_text())[:1]
    except OSError:
        return False
