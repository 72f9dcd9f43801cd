"""The files for `sam local invoke` against `make up CONTAINERS=1`: the functions' variables and a template.

A container reaches this machine as host.docker.internal and not as 127.0.0.1. sam passes on only variables that its
template declares, so this template declares all of them, empty; its code is the output of `make build`. Source: the
SAM CLI 1.167.0, `samcli/local/lambdafn/env_vars.py`.
"""

import contextlib
import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depthdrop.environment import CONTAINER_HOST
from depthdrop_cli.stack.local_stack import LocalAddress
from local.one_function.one_function import EVENTS, OneFunction, event_for, function_of
from local.runs.files import write_private
from local.stack.bundle import ROOT, load_template

_BUILT = ROOT / ".aws-sam" / "build"
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:(\d+)")
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


@contextlib.contextmanager
def files_for_sam(address: LocalAddress, folder: Path) -> Iterator[str]:
    """The command that invokes submit after `make build`. Raises LocalStackError, OSError.

    Only their owner can read its files in `folder`; they are removed on exit.
    """
    functions = [function_of(logical, address) for logical in EVENTS]
    variables = {function.logical: variables_in_container(function) for function in functions}
    contents = {
        "--template-file": ("sam-template.json", json.dumps(declaring(load_template(), variables), indent=2)),
        "--env-vars": ("sam-env.json", json.dumps(variables, indent=2)),
        "--event": ("sam-event.json", event_for(functions[0], None, sys.stdin).decode()),
    }
    words = ["sam", "local", "invoke", functions[0].logical]
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as cleanup:
        for option, (name, text) in contents.items():
            cleanup.callback((folder / name).unlink, missing_ok=True)
            write_private(folder / name, text)
            words += [option, str(folder / name)]
        yield shlex.join([*words, "--add-host", f"{CONTAINER_HOST}:host-gateway"])


def variables_in_container(function: OneFunction) -> dict[str, str]:
    """The function's variables and credentials, with the container's name for this machine.

    Plain HTTP to that name is allowed only with the fake upstream: a link of the real one never names it.
    """
    variables = {
        name: _LOOPBACK.sub(rf"http://{CONTAINER_HOST}:\1", value) for name, value in function.variables.items()
    }
    allowed = function.variables["DEPTHDROP_ALLOW_LOOPBACK_LINKS"]
    exempt = dict.fromkeys(("NO_PROXY", "no_proxy"), CONTAINER_HOST)
    return {**variables, **exempt, "DEPTHDROP_ALLOW_CONTAINER_HOST": allowed}


def declaring(template: dict[str, Any], variables: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The template with these variables declared, and with the code and layer that `sam build` made."""
    for logical, resource in template["Resources"].items():
        if name := _CODE.get(resource["Type"]):
            resource["Properties"][name] = str(_BUILT / logical)
            resource.pop("Metadata", None)  # how to build it
        if logical in variables:
            environment = resource["Properties"].setdefault("Environment", {})
            environment["Variables"] = dict.fromkeys(variables[logical], "") | environment.get("Variables", {})
    return template
