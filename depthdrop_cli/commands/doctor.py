"""`depthdrop doctor`: checks everything that the stack needs. It spends and changes nothing.

Asking the upstream for a task that does not exist shows, for free, whether it accepts the key. The balance cannot
be checked without spending; the open circuit shows when it was empty.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop import __version__, aws
from depthdrop.settings.models_and_prices import CHEAPEST_USD
from depthdrop.upstream.answer import NoAnswer
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.key import KeyMissingError
from depthdrop.upstream.poll_outcome import Missing, Stopped, classify_poll
from depthdrop_cli.stack.stacks import OperatorStack, lambdas
from depthdrop_cli.terminal.errors import CliError, Exit
from depthdrop_cli.terminal.output import Output, table

_FUNCTIONS = ("SubmitFunction", "PollFunction", "FinalizeFunction", "SweepFunction")
_WORDS = {True: "good", False: "BAD", None: "unknown"}
_NO_TASK = "00000000-0000-0000-0000-000000000000"
_MESSAGES: Final = "ApproximateNumberOfMessages"
_UPSTREAM_SECONDS = 15
_OTHER_CONCURRENCY = 6  # submit's event source has MaximumConcurrency 4; finalize and sweep need one each


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check. `ok` is None when unknown; `fix` says what to do unless it is good."""

    ok: bool | None
    message: str
    fix: str = ""


def doctor(stack: OperatorStack, out: Output) -> Exit:
    """Check everything that the stack needs; spends and changes nothing."""
    found = {name: _finding(check, stack) for name, check in _CHECKS.items()}
    findings = [{"check": name, **asdict(it), "fix": "" if it.ok else it.fix} for name, it in found.items()]
    rows = [(_WORDS[finding["ok"]], finding["check"], finding["message"], finding["fix"]) for finding in findings]
    out.answer({"stack": stack.name, "checks": findings}, [table(("", "check", "found", "do"), rows)])
    return Exit.UNSUCCESSFUL if any(finding["ok"] is False for finding in findings) else Exit.DONE


def _finding(check: Callable[[OperatorStack], Finding], stack: OperatorStack) -> Finding:
    """Run one check. A check that fails with an AWS error is unknown and does not stop the others."""
    try:
        return check(stack)
    except CliError as error:
        return _bad(str(error), "Deploy the stack again.")
    except (ClientError, BotoCoreError) as error:
        return Finding(None, f"It could not be checked: {error}", "Give these credentials the right to read it.")


def _good(message: str) -> Finding:
    return Finding(ok=True, message=message)


def _bad(message: str, fix: str) -> Finding:
    return Finding(ok=False, message=message, fix=fix)


def _deployed(stack: OperatorStack) -> Finding:
    is_deployed = stack.status.endswith("_COMPLETE") and "ROLLBACK" not in stack.status
    return Finding(is_deployed, stack.status, "Look at the stack's events in CloudFormation and deploy it again.")


def _versions(stack: OperatorStack) -> Finding:
    python = ".".join(str(part) for part in sys.version_info[:3])
    own = f"this command {__version__}, Python {python}, boto3 {boto3.__version__}"
    deployed = stack.outputs.get("Version") or "older than 0.1.0"
    fix = "Deploy this version, or use the stack's own."
    return Finding(deployed == __version__, f"stack {deployed}, {own}", fix)


def _configuration(stack: OperatorStack) -> Finding:
    """A setting that several functions share must have the same value in all of them."""
    seen: dict[str, set[str]] = {}
    for function in _FUNCTIONS:
        for name, value in stack.variables(function).items():
            seen.setdefault(name, set()).add(value)
    odd = sorted(name for name, values in seen.items() if len(values) > 1)
    if odd:
        fix = "Deploy the stack again; a function was changed by hand."
        return _bad(f"functions disagree on {', '.join(odd)}", fix)
    environment = stack.environment
    return _good(f"{environment.default_model}, {environment.slots} slots, {environment.upstream_base_url}")


def _buckets(stack: OperatorStack) -> Finding:
    inbox, outbox = stack.environment.inbox_bucket, stack.environment.outbox_bucket
    if inbox == outbox:
        return _bad(f"{inbox} is inbox and outbox", "Results would become drops: deploy with two buckets.")
    for bucket in (inbox, outbox):
        aws.s3().head_bucket(Bucket=bucket)
    return _good(f"{inbox}, {outbox}")


def _event_bridge(stack: OperatorStack) -> Finding:
    inbox = stack.environment.inbox_bucket
    sends = "EventBridgeConfiguration" in aws.s3().get_bucket_notification_configuration(Bucket=inbox)
    found = f"{inbox} sends {'' if sends else 'no '}events of new objects to EventBridge"
    return Finding(sends, found, "Run the stack's output SwitchOnEventsCommand.")


def _rules(stack: OperatorStack) -> Finding:
    """Two stacks that process drops of the same folder would both pay for each."""
    inbox, prefix, own = stack.environment.inbox_bucket, stack.environment.inbox_prefix, stack.resource("InboxRule")
    others = [
        rule["Name"]
        for page in aws.events().get_paginator("list_rules").paginate()
        for rule in page["Rules"]
        if rule["Name"] != own and _matches(json.loads(rule.get("EventPattern", "{}")), inbox, prefix)
    ]
    if not others:
        return _good(f"no other rule receives drops from {inbox}/{prefix}")
    return _bad(
        f"{', '.join(others)} also receive events of new objects in {inbox}/{prefix}",
        "If one is another depthdrop, every drop is paid for twice: give each stack an InboxPrefix of its own.",
    )


def _matches(pattern: dict[str, Any], bucket: str, prefix: str) -> bool:
    """Whether a rule receives objects below this prefix. A filter of an unknown form counts as one that does."""
    detail = pattern.get("detail", {})
    if "aws.s3" not in pattern.get("source", ()) or bucket not in detail.get("bucket", {}).get("name", (bucket,)):
        return False
    keys = detail.get("object", {}).get("key", [{"prefix": ""}])
    prefixes = [key.get("prefix", "") if isinstance(key, dict) else key for key in keys]
    return any(other.startswith(prefix) or prefix.startswith(other) for other in prefixes)


def _quota(stack: OperatorStack) -> Finding:
    """A poll keeps waiting with its task, so every slot may use one of the account's concurrent executions."""
    slots = stack.environment.slots
    free = lambdas().get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    needed = slots + _OTHER_CONCURRENCY
    if free >= needed:
        return _good(f"{free} concurrent executions, {needed} needed")
    fix = f"Ask for a higher quota, or deploy with Slots={max(1, free - _OTHER_CONCURRENCY)}."
    return _bad(f"{free} concurrent executions, but {slots} slots need {needed}", fix)


def _dead_letters(stack: OperatorStack) -> Finding:
    variables = stack.variables("SweepFunction")
    urls = (variables["INBOX_DEAD_LETTERS_URL"], variables["INBOX_RULE_DEAD_LETTERS_URL"])
    answers = (aws.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=[_MESSAGES]) for url in urls)
    count = sum(int(answer["Attributes"][_MESSAGES]) for answer in answers)
    return _bad(f"{count} messages", "Read submit's log, then redrive the queue.") if count else _good("none")


def _key(stack: OperatorStack) -> Finding:
    try:
        value = stack.submit.purchase.key.current()
    except KeyMissingError as error:
        return _bad(str(error), stack.outputs.get("SetKeyCommand", ""))
    url = stack.environment.upstream_base_url
    answer = Upstream(url).get_result(_NO_TASK, None, value, _UPSTREAM_SECONDS)
    if isinstance(answer, NoAnswer):
        found = f"set; {url} did not answer: {answer.detail}"
        return Finding(None, found, "Check whether this machine can reach it.")
    outcome = classify_poll(answer)
    if isinstance(outcome, Stopped):
        return _bad(f"{url} refuses it: {outcome.message}", "Set another key with the output SetKeyCommand.")
    if isinstance(outcome, Missing):
        return _good(f"set, and {url} accepts it; its balance cannot be checked")
    found = f"set; {url} answered with HTTP {answer.status}, which says nothing about the key"
    return Finding(None, found, "Try again later.")


def _budget(stack: OperatorStack) -> Finding:
    budget = stack.submit.purchase.budget
    room = budget.room(stack.now())
    if room is None:
        return _good("none: a day may cost any amount; DailyBudgetUsd sets one")
    if room >= CHEAPEST_USD:
        return _good(f"${room} of today's ${budget.limit_usd} are left")
    fix = "Drops continue at midnight UTC, or when you deploy with a larger DailyBudgetUsd."
    return _bad(f"reached: ${max(room, Decimal(0))} of today's ${budget.limit_usd} are left", fix)


def _circuit(stack: OperatorStack) -> Finding:
    record = stack.submit.purchase.circuit.current()
    if record is None:
        return _good("closed: drops are sent")
    fix = "Correct the cause; the next probe closes the circuit and parked drops continue."
    return _bad(f"open since a request was refused ({record['reason']}): {record['message']}", fix)


_CHECKS: dict[str, Callable[[OperatorStack], Finding]] = {
    "stack": _deployed,
    "versions": _versions,
    "configuration": _configuration,
    "buckets": _buckets,
    "EventBridge on the inbox": _event_bridge,
    "no other stack on this prefix": _rules,
    "Lambda quota": _quota,
    "dead letters": _dead_letters,
    "key": _key,
    "budget": _budget,
    "circuit": _circuit,
}
