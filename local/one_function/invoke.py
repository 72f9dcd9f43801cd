"""Runs one function under the runtime interface emulator: `make invoke FUNCTION=Submit EVENT=events/….json`.

Only the result goes to standard output. When the function fails, the exit code is 3.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import httpx
import typer

from depthdrop_cli.terminal.output import run_app, say, say_json
from local.one_function.one_function import OneFunction, event_for, function_of, local_address, logical_name
from local.one_function.runtime_interface import PATH_OF_INVOCATIONS, RUNTIME, command, link_libraries
from local.stack.layer import LAYER, layer_for_run
from local.stack.processes import Child, LocalStackError, errors_as_sentences, free_ports, listens
from local.stack.stack import run_folder, termination_as_interrupt

FUNCTION_FAILED = 3
_LISTENS_WITHIN_SECONDS = 60.0  # a start takes one or two; a busy machine may need most of them
_GONE_WITHIN_SECONDS = 30.0
_STEPPING_SECONDS = 3600  # time to step through a function
_MARGIN_SECONDS = 30.0  # the emulator itself ends a function that takes too long

Function = Annotated[str, typer.Argument(metavar="FUNCTION", help="Submit, Poll, Finalize or Sweep.")]
Event = Annotated[
    Path | None, typer.Option(help="A file, or - for standard input; without it a sample of events/.")
]
DebugPort = Annotated[int | None, typer.Option(help="Wait on this port for a debugger (debugpy).")]


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Answer(NamedTuple):
    """The function's result; `failure` is its error in one line, or None."""

    body: str
    failure: str | None = None


def invoke(function: OneFunction, event: bytes, folder: Path, debug_port: int | None = None) -> Answer:
    """Start the function, send it one event, and stop it; its log goes to stderr. Raises LocalStackError."""
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
        path = f"{LAYER}:{path}"  # for breakpoints in the sources
        function = replace(function, seconds=_STEPPING_SECONDS)
        say(f"Waiting for a debugger on 127.0.0.1:{debug_port} …", stderr=True)
    with served(function, path, folder, debug_port) as port:
        return _post(port, event, function.seconds + _MARGIN_SECONDS)


@contextlib.contextmanager
def served(function: OneFunction, path: str, folder: Path, debug_port: int | None = None) -> Iterator[int]:
    """The loopback port on which the function takes events; all its processes are ended on exit."""
    front, back = free_ports(2)
    environment = {
        **function.variables,  # first: they must not replace those below
        "PATH": os.environ["PATH"],
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",  # none into the sources
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
        _stop_with_descendants(child, folder)


def _stop_with_descendants(child: Child, folder: Path) -> None:
    """The runtime is a process group of its own, which survives the emulator while a handler runs.

    A debugger's adapter, which holds its port, has a session of its own.
    """
    before = _descendants(child.pid, folder)
    child.stop()
    end = time.monotonic() + _GONE_WITHIN_SECONDS
    while (others := {*before, *_descendants(child.pid, folder)}) and time.monotonic() < end:
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        before = set()
        time.sleep(0.02)  # a killed process holds its ports until it has ended


def _descendants(leader: int, folder: Path) -> set[int]:
    """Processes of this leader's session, and those with this run's folder as TMPDIR."""
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
        if listens(port):
            return
        time.sleep(0.02)
    raise LocalStackError("The runtime interface emulator did not start.")


def _post(port: int, event: bytes, patience: float) -> Answer:
    url = f"http://127.0.0.1:{port}{PATH_OF_INVOCATIONS}"
    try:
        answer = httpx.post(url, content=event, timeout=patience, trust_env=False)
    except httpx.HTTPError as error:
        raise LocalStackError(f"The runtime interface emulator gave no answer: {error}.") from error
    failure = failure_in(answer.text)
    return Answer(answer.text, answer.text if failure is None and answer.is_error else failure)


def failure_in(body: str) -> str | None:
    """A failed function is answered with 200 too, and an error object or a sentence that is not JSON."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return body
    failed = isinstance(parsed, dict) and {"errorMessage", "errorType"} <= parsed.keys()
    return f"{parsed['errorType']}: {parsed['errorMessage']}" if failed else None


def report(logical: str, answer: Answer) -> int:
    """Print the result or the failure; returns the exit code."""
    if answer.failure is not None:
        say(f"{logical} failed: {answer.failure}", stderr=True)
        return FUNCTION_FAILED
    say_json(answer.body)
    return 0


@app.command()
def main(function: Function, event: Event = None, debug_port: DebugPort = None) -> None:
    """Run one function of the local stack with one event, in the environment that the template declares."""
    with errors_as_sentences():
        logical = logical_name(function)
        with termination_as_interrupt(), local_address(Path.cwd()) as address, run_folder() as folder:
            found = function_of(logical, address)
            if found.pays and logical == "SubmitFunction":
                say("This stack uses the real API: submit spends money.", stderr=True)
            answer = invoke(found, event_for(found, event, sys.stdin), folder, debug_port)
            raise typer.Exit(report(logical, answer))


if __name__ == "__main__":
    run_app(app, "python -m local.one_function.invoke")
