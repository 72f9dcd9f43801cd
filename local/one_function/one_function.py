"""One function of the local stack, to be run by itself.

The project's template decides its code and the names of its variables; the stack gives only their values.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from depthdrop_cli.stack.local_stack import LocalAddress, is_loopback, running
from depthdrop_cli.stack.stacks import find_stack, lambdas
from local.stack.bundle import ROOT, load_template
from local.stack.deploy import STACK
from local.stack.emulator import REGION, Emulator
from local.stack.processes import LocalStackError, explained
from local.stack.stack import Options, local_stack
from local.written import sample_events

EVENTS: Mapping[str, str] = {
    "SubmitFunction": "submit_eventbridge",
    "PollFunction": "poll",
    "FinalizeFunction": "finalize_ready",
    "SweepFunction": "sweep",
}
_SAMPLES_INBOX = re.compile(rf"\b{sample_events.INBOX}\b(?!-)")
_CREDENTIALS_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class OneFunction:
    """`variables` are those of the template and those of every function of the local stack."""

    logical: str
    name: str
    handler: str
    code: Path
    seconds: int
    megabytes: int
    variables: Mapping[str, str]
    inbox: str

    @property
    def pays(self) -> bool:
        """Whether its upstream is the real one."""
        return "UPSTREAM_BASE_URL" in self.variables and not is_loopback(self.variables["UPSTREAM_BASE_URL"])


@contextlib.contextmanager
def local_address(folder: Path) -> Iterator[LocalAddress]:
    """The stack that `make up` runs, or else a new one with the fake upstream for as long as the block runs."""
    address = running(folder)
    if address is not None:
        yield address
        return
    with local_stack(Options()) as started:
        yield address_of(started.emulator)


def address_of(emulator: Emulator) -> LocalAddress:
    """The address of the stack that this process runs. Raises OSError."""
    keys = emulator.keys
    return LocalAddress.of_this_process(emulator.url, REGION, STACK, keys.access_key, keys.secret_key)


def logical_name(word: str) -> str:
    """The logical name for `Submit`, `submit` or `SubmitFunction`. Raises LocalStackError."""
    known = [logical.removesuffix("Function") for logical in EVENTS]
    wanted = word.lower().removesuffix("function").capitalize()
    if wanted not in known:
        raise LocalStackError(f"There is no function {word}; say FUNCTION= one of {', '.join(known)}.")
    return f"{wanted}Function"


def function_of(logical: str, address: LocalAddress) -> OneFunction:
    """The function as it is in the stack at this address. Raises CliError."""
    address.enter()
    stack = find_stack(address.stack)
    found = lambdas().get_function_configuration(FunctionName=stack.resource(logical))
    template = load_template()
    shared = template["Globals"]["Function"]
    own = {**shared, **template["Resources"][logical]["Properties"]}
    # Only those of the template: PYTHONPATH and others would decide what code runs.
    declared = shared["Environment"]["Variables"].keys() | own["Environment"]["Variables"].keys()
    variables = {name: value for name, value in found["Environment"]["Variables"].items() if name in declared}
    loopback = is_loopback(variables.get("UPSTREAM_BASE_URL", address.endpoint))
    return OneFunction(
        logical=logical,
        name=found["FunctionName"],
        handler=own["Handler"],
        code=ROOT / own["CodeUri"],
        seconds=own["Timeout"],
        megabytes=own["MemorySize"],
        variables={
            **variables,
            **address.variables(),
            **_credentials_of(found["Role"]),
            "AWS_EC2_METADATA_DISABLED": "true",
            "DEPTHDROP_ALLOW_LOOPBACK_LINKS": "1" if loopback else "0",
        },
        inbox=stack.outputs["InboxBucketName"],
    )


def _credentials_of(role: str) -> dict[str, str]:
    """Credentials of the function's own role for twelve hours, so that its policy is enforced here too."""
    given = boto3.client("sts").assume_role(
        RoleArn=role, RoleSessionName="depthdrop-invoke", DurationSeconds=_CREDENTIALS_SECONDS
    )["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def event_for(function: OneFunction, given: Path | None, stdin: Any) -> bytes:
    """The event from a file, `-` for standard input, or the function's sample. Raises LocalStackError.

    The inbox that a sample names is replaced by the stack's.
    """
    path = given or sample_events.FOLDER / f"{EVENTS[function.logical]}.json"
    try:
        with explained(f"{path} cannot be read"):
            text = stdin.read() if str(path) == "-" else path.read_text()
        json.loads(text)
    except ValueError as error:
        raise LocalStackError(f"{path} is no JSON: {error}.") from error
    return _SAMPLES_INBOX.sub(function.inbox, text).encode()
