"""Runs one function under the runtime interface emulator: `make invoke FUNCTION=Submit EVENT=events/….json`.

The result goes to standard output and nothing else does. A function that fails ends in exit code 3.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import httpx
import typer

from local.one_function.one_function import OneFunction, event_for, function_of, local_address, logical_name
from local.one_function.runtime_interface import PATH_OF_INVOCATIONS, RUNTIME, command, link_libraries
from local.stack.guarded import guarded
from local.stack.layer import LAYER, layer_for_run
from local.stack.processes import Child, LocalStackError, free_ports
from local.stack.stack import run_folder, termination_as_interrupt

FUNCTION_FAILED = 3
_LISTENS_WITHIN_SECONDS = 60.0  # it takes one or two; a busy machine may need most of it
_GONE_WITHIN_SECONDS = 30.0
_STEPPING_SECONDS = 3600  # to step through a function takes its time
_MARGIN_SECONDS = 30.0  # the emulator itself ends what takes too long, and says so

Function = Annotated[str, typer.Argument(metavar="FUNCTION", help="Submit, Poll, Finalize or Sweep.")]
Event = Annotated[Path | None, typer.Option(help="A file, or - for standard input; else a sample of events/.")]
DebugPort = Annotated[int | None, typer.Option(help="A port where it waits for a debugger (debugpy).")]


class Answer(NamedTuple):
    """What the function returned; `failure` is what a failed one said, in one line."""

    body: str
    failure: str | None = None


def invoke(function: OneFunction, event: bytes, folder: Path, debug_port: int | None = None) -> Answer:
    """Start the function, hand it one event, stop it; its log goes to standard error. `folder` is the run's.

    Raises LocalStackError when it could not be started.
    """
    layer_for_run(folder)
    libraries = folder / "runtime"
    libraries.mkdir()
    try:
        link_libraries(libraries, (*RUNTIME, "debugpy") if debug_port else RUNTIME)
    except PackageNotFoundError as error:
        raise LocalStackError(
            f"{error.name} is not installed: .venv/bin/python -m pip install {error.name}"
        ) from error
    path = f"{folder}/layer/python:{libraries}"
    if debug_port:
        path = f"{LAYER}:{path}"  # breakpoints are set in the sources
        function = replace(function, seconds=_STEPPING_SECONDS)
        typer.echo(f"Waiting for a debugger on 127.0.0.1:{debug_port} …", err=True)
    with served(function, path, folder, debug_port) as port:
        return _asked(port, event, function.seconds + _MARGIN_SECONDS)


@contextlib.contextmanager
def served(function: OneFunction, path: str, folder: Path, debug_port: int | None = None) -> Iterator[int]:
    """The loopback port on which the function takes events; nothing of it is left on exit."""
    front, back = free_ports(2)
    environment = {
        **function.variables,  # first: none of them may replace one of these
        "PATH": os.environ["PATH"],
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",  # into the sources
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.seconds),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.megabytes),
        "LAMBDA_TASK_ROOT": str(function.code),
        "TMPDIR": str(folder),
    }
    serving = command(front, back, function.handler, "error", debug_port)
    child = Child(serving, environment, None, function.code)
    try:
        _wait_until_it_listens(child, front)
        yield front
    finally:
        _end_with_all_it_started(child, folder)


def _end_with_all_it_started(child: Child, folder: Path) -> None:
    """The emulator puts the runtime into a group of its own, which outlives it while a handler is at work.

    A debugger's adapter, which holds its port, has even a session of its own.
    """
    before = _others_of(child.pid, folder)
    child.stop()
    end = time.monotonic() + _GONE_WITHIN_SECONDS
    while (others := {*before, *_others_of(child.pid, folder)}) and time.monotonic() < end:
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        before = set()
        time.sleep(0.02)  # a killed process holds its ports until it is gone


def _others_of(leader: int, folder: Path) -> set[int]:
    """Processes of this leader's session, and those that have this run's folder for their temporary files."""
    found, mark = set(), f"\0TMPDIR={folder}\0".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            pid, environment = int(process.name), (process / "environ").read_bytes()  # empty once it has ended
            if environment and (os.getsid(pid) == leader or mark in b"\0%b\0" % environment):
                found.add(pid)
    return found - {leader, os.getpid()}


def _wait_until_it_listens(child: Child, port: int) -> None:
    end = time.monotonic() + _LISTENS_WITHIN_SECONDS
    while not child.ended() and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise LocalStackError("The runtime interface emulator did not start.")


def _asked(port: int, event: bytes, patience: float) -> Answer:
    url = f"http://127.0.0.1:{port}{PATH_OF_INVOCATIONS}"
    try:
        answer = httpx.post(url, content=event, timeout=patience, trust_env=False)
    except httpx.HTTPError as error:
        raise LocalStackError(f"The runtime interface emulator gave no answer: {error}.") from error
    failure = failure_in(answer.text)
    return Answer(answer.text, answer.text if failure is None and answer.is_error else failure)


def failure_in(body: str) -> str | None:
    """It answers 200 to a failed function as well: with an error object, or with a sentence that is no JSON."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return body
    failed = isinstance(parsed, dict) and {"errorMessage", "errorType"} <= parsed.keys()
    return f"{parsed['errorType']}: {parsed['errorMessage']}" if failed else None


def report(logical: str, answer: Answer) -> int:
    """Print the result, or what the function failed with; the exit code."""
    if answer.failure is not None:
        typer.echo(f"{logical} failed: {answer.failure}", err=True)
        return FUNCTION_FAILED
    typer.echo(answer.body)
    return 0


def main(function: Function, event: Event = None, debug_port: DebugPort = None) -> None:
    """Run one function of the local stack on one event, with its environment of the template."""
    with guarded():
        logical = logical_name(function)
        with termination_as_interrupt(), local_address(Path.cwd()) as address, run_folder() as folder:
            found = function_of(logical, address)
            if found.pays and logical == "SubmitFunction":
                typer.echo("This stack uses the real API: what submit buys is paid for.", err=True)
            answer = invoke(found, event_for(found, event, sys.stdin), folder, debug_port)
            raise typer.Exit(report(logical, answer))


if __name__ == "__main__":
    typer.run(main)
