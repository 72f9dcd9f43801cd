"""`depthdrop doctor`: looks whether all that the stack needs is there. It spends and changes nothing."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop import __version__
from depthdrop_cli.commands import doctor_aws, doctor_upstream
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError, Exit
from depthdrop_cli.terminal.findings import Finding, bad, good
from depthdrop_cli.terminal.output import Output, table

_FUNCTIONS = ("SubmitFunction", "PollFunction", "FinalizeFunction", "SweepFunction")
_WORDS = {True: "good", False: "BAD", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    look: Callable[[OperatorStack], Finding]


def doctor(stack: OperatorStack, out: Output) -> Exit:
    found = [{"check": check.name, **asdict(_looked(check, stack))} for check in CHECKS]
    rows = [(_WORDS[one["ok"]], one["check"], one["message"], one["fix"]) for one in found]
    out.answer(
        {"stack": stack.name, "checks": found},
        lambda console: console.print(table(("", "check", "found", "do"), rows)),
    )
    return Exit.NOT_SO if any(one["ok"] is False for one in found) else Exit.DONE


def _looked(check: Check, stack: OperatorStack) -> Finding:
    """One check that cannot be made holds up no other, and is not called good."""
    try:
        return check.look(stack)
    except CliError as error:
        return bad(str(error), "Deploy the stack again.")
    except (ClientError, BotoCoreError) as error:
        return Finding(None, f"It could not be looked at: {error}", "Give these credentials the right to read it.")


def _versions(stack: OperatorStack) -> Finding:
    python = ".".join(str(part) for part in sys.version_info[:3])
    own = f"this command {__version__}, Python {python}, boto3 {boto3.__version__}"
    deployed = stack.outputs.get("Version")
    if deployed == __version__:
        return good(f"stack {deployed}, {own}")
    return bad(f"stack {deployed or 'older than 0.1.0'}, {own}", "Deploy this version, or use the stack's own.")


def _deployed(stack: OperatorStack) -> Finding:
    if stack.status.endswith("_COMPLETE") and "ROLLBACK" not in stack.status:
        return good(stack.status)
    return bad(stack.status, "Look at the stack's events in CloudFormation and deploy it again.")


def _configuration(stack: OperatorStack) -> Finding:
    """Each setting that several functions have must be the same in all."""
    seen: dict[str, dict[str, str]] = {}
    for function in _FUNCTIONS:
        for name, value in stack.variables(function).items():
            seen.setdefault(name, {})[function] = value
    odd = sorted(name for name, values in seen.items() if len(set(values.values())) > 1)
    if odd:
        return bad(
            f"functions disagree on {', '.join(odd)}",
            "Deploy the stack again; somebody changed a function by hand.",
        )
    environment = stack.environment
    return good(f"{environment.default_model}, {environment.slots} slots, {environment.upstream_base_url}")


def _all() -> Iterator[Check]:
    yield Check("stack", _deployed)
    yield Check("versions", _versions)
    yield Check("configuration", _configuration)
    yield Check("buckets", doctor_aws.buckets)
    yield Check("EventBridge on the inbox", doctor_aws.event_bridge)
    yield Check("nobody else on this prefix", doctor_aws.rules)
    yield Check("Lambda quota", doctor_aws.quota)
    yield Check("dead letters", doctor_aws.dead_letters)
    yield Check("key", doctor_upstream.key)
    yield Check("budget", doctor_upstream.budget)
    yield Check("circuit", doctor_upstream.circuit)


CHECKS = tuple(_all())
