"""What doctor looks at in AWS: buckets, events, quota, dead letters."""

import json
from collections.abc import Iterator
from typing import Any

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack, lambdas
from depthdrop_cli.terminal.findings import Finding, bad, good

_SUBMIT_CONCURRENCY = 4  # MaximumConcurrency of submit's event source in template.yaml
_SPARE_CONCURRENCY = 2  # finalize and sweep, for a moment each


def buckets(stack: OperatorStack) -> Finding:
    inbox, outbox = stack.environment.inbox_bucket, stack.environment.outbox_bucket
    if inbox == outbox:
        return bad(f"{inbox} is inbox and outbox", "Results would be drops: deploy with two buckets.")
    for bucket in (inbox, outbox):
        aws.s3().head_bucket(Bucket=bucket)
    return good(f"{inbox}, {outbox}")


def event_bridge(stack: OperatorStack) -> Finding:
    inbox = stack.environment.inbox_bucket
    configuration: dict[str, Any] = dict(aws.s3().get_bucket_notification_configuration(Bucket=inbox))
    if "EventBridgeConfiguration" in configuration:
        return good(f"{inbox} tells EventBridge of new objects")
    return bad(f"{inbox} does not tell EventBridge of new objects", "Run the stack's output SwitchOnEventsCommand.")


def rules(stack: OperatorStack) -> Finding:
    """Two stacks that take drops from one folder would both pay for each."""
    inbox, prefix, own = stack.environment.inbox_bucket, stack.environment.inbox_prefix, stack.resource("InboxRule")
    others = [
        rule["Name"]
        for rule in _rules()
        if rule["Name"] != own and _takes(json.loads(rule.get("EventPattern", "{}")), inbox, prefix)
    ]
    if not others:
        return good(f"no other rule takes drops from {inbox}/{prefix}")
    return bad(
        f"{', '.join(others)} also hear of new objects in {inbox}/{prefix}",
        "If one is another depthdrop, every drop is paid for twice: give each stack an InboxPrefix of its own.",
    )


def _rules() -> Iterator[Any]:
    for page in aws.events().get_paginator("list_rules").paginate():
        yield from page["Rules"]


def _takes(pattern: dict[str, Any], bucket: str, prefix: str) -> bool:
    """Whether a rule hears of objects below this prefix. A filter in another form counts as one that does."""
    detail = pattern.get("detail", {})
    if "aws.s3" not in pattern.get("source", ()) or bucket not in detail.get("bucket", {}).get("name", (bucket,)):
        return False
    keys = detail.get("object", {}).get("key", [{"prefix": ""}])
    prefixes = [key.get("prefix", "") if isinstance(key, dict) else key for key in keys]
    return any(one.startswith(prefix) or prefix.startswith(one) for one in prefixes)


def quota(stack: OperatorStack) -> Finding:
    """A poll lingers with each task, so every slot may hold one of the account's executions."""
    limits = lambdas().get_account_settings()["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"]
    wanted = stack.environment.slots + _SUBMIT_CONCURRENCY + _SPARE_CONCURRENCY
    if free >= wanted:
        return good(f"{free} executions at once, {wanted} wanted")
    return bad(
        f"{free} executions at once, but {stack.environment.slots} slots want {wanted}",
        f"Ask for a higher quota, or deploy with Slots={max(1, free - _SUBMIT_CONCURRENCY - _SPARE_CONCURRENCY)}.",
    )


def dead_letters(stack: OperatorStack) -> Finding:
    variables = stack.variables("SweepFunction")
    urls = [variables[name] for name in ("INBOX_DEAD_LETTERS_URL", "INBOX_RULE_DEAD_LETTERS_URL")]
    counts = [_waiting(url) for url in urls]
    if not any(counts):
        return good("none")
    return bad(f"{sum(counts)} messages", "Look at submit's log, then redrive the queue.")


def _waiting(url: str) -> int:
    asked = aws.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(asked["Attributes"]["ApproximateNumberOfMessages"])
