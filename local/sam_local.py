"""Runs one function in a container, by `sam local invoke`: `make sam-local FUNCTION=Submit EVENT=events/….json`.

The local stack is its AWS and its upstream. The result goes to standard output and nothing else does; a function
that fails ends in exit code 3.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from local.bundle import ROOT, load_template
from local.emulator import REGION
from local.guarded import guarded
from local.invoke import Answer, Event, Function, judged, report
from local.one_function import OneFunction, event_for, function_of, local_address, logical_name
from local.processes import LocalStackError
from local.relay import relayed
from local.stack import run_folder, termination_as_interrupt

HOST = "host.docker.internal"  # this machine, as a container calls it
NO_RUNTIME = (
    "No container runtime answers, and `sam local invoke` needs one: start Docker or Finch. "
    "Without one, `make invoke FUNCTION={function} EVENT=…` runs the same function as a plain process."
)
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:(\d+)")
_BRIDGE = "172.17.0.1"  # Docker's own choice, when it tells of none
_SAMS_OWN = frozenset(  # sam hands these on from its own environment
    {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
)


def variables_in_container(function: OneFunction) -> dict[str, dict[str, str]]:
    """What --env-vars says: the function's variables, with this machine's loopback under a container's name."""
    seen = {
        name: _LOOPBACK.sub(rf"http://{HOST}:\1", value)
        for name, value in function.variables.items()
        if name not in _SAMS_OWN
    }
    return {function.logical: {**seen, "NO_PROXY": f"127.0.0.1,{HOST}"}}


def declaring(template: dict[str, Any], variables: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The built template with these variables declared: sam hands no others to the container."""
    for logical, names in variables.items():
        properties = template["Resources"][logical]["Properties"]
        own = properties.setdefault("Environment", {}).setdefault("Variables", {})
        for name in names:
            own.setdefault(name, "")
    return template


def ports_of(function: OneFunction) -> list[int]:
    """Those on this machine's loopback that the function speaks to."""
    found = {int(port) for value in function.variables.values() for port in _LOOPBACK.findall(value)}
    return sorted(found)


def command_for(function: OneFunction, event: bytes, folder: Path, built: Path = BUILT) -> list[str]:
    """What to run, with its files written. Raises LocalStackError when nothing was built."""
    if not built.is_file():
        raise LocalStackError("Nothing is built yet: run `make build`.")
    variables = variables_in_container(function)
    template = built.with_name("template.local.json")  # beside it: paths in a template count from its folder
    template.write_text(json.dumps(declaring(load_template(built), variables)))
    (folder / "event.json").write_bytes(event)
    (folder / "variables.json").write_text(json.dumps(variables, indent=2))
    sam = Path(sys.executable).with_name("sam")
    files = ["--template-file", str(template), "--event", str(folder / "event.json")]
    files += ["--env-vars", str(folder / "variables.json")]
    return [
        str(sam),
        "local",
        "invoke",
        function.logical,
        *files,
        "--region",
        REGION,
        "--add-host",
        f"{HOST}:host-gateway",
    ]


def container_gateway() -> str | None:
    """The address of this machine on the runtime's bridge; None when no runtime answers. Sam itself is asked."""
    from samcli.local.docker.container_client_factory import (  # noqa: PLC0415  # slow, and needed by nothing else
        ContainerClientFactory,
    )
    from samcli.local.docker.exceptions import (  # noqa: PLC0415  # as above
        ContainerEnforcementException,
        ContainerNotReachableException,
    )

    try:
        client = ContainerClientFactory.create_client()
    except (ContainerNotReachableException, ContainerEnforcementException):
        return None
    configured: list[dict[str, str]] = client.networks.get("bridge").attrs["IPAM"]["Config"] or [{}]
    return configured[0].get("Gateway", _BRIDGE)


def run_in_container(function: OneFunction, event: bytes, folder: Path, gateway: str) -> Answer:
    """Raises LocalStackError when sam itself fails; why, it has said."""
    command = command_for(function, event, folder)
    handed_on = {name: function.variables[name] for name in _SAMS_OWN}
    environment = {**os.environ, **handed_on, "SAM_CLI_TELEMETRY": "0"}
    environment.pop("AWS_ENDPOINT_URL", None)  # sam has nothing to ask of AWS
    with relayed(gateway, ports_of(function)):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)  # noqa: S603  # our own words
    if done.returncode != 0:
        raise LocalStackError(f"sam local invoke ended with exit code {done.returncode}.")
    return judged(done.stdout.strip())  # to sam a failed function is a success


def main(function: Function, event: Event = None) -> None:
    """Run one function in a container, with the local stack as its AWS and its upstream."""

    def work() -> int:
        logical = logical_name(function)
        gateway = container_gateway()
        if gateway is None:
            raise LocalStackError(NO_RUNTIME.format(function=logical.removesuffix("Function")))
        with termination_as_interrupt(), local_address(Path.cwd()) as address, run_folder() as folder:
            found = function_of(logical, address)
            return report(logical, run_in_container(found, event_for(found, event, sys.stdin), folder, gateway))

    raise typer.Exit(guarded(work))


if __name__ == "__main__":
    typer.run(main)
