"""`depthdrop smoke`: drops one picture into a stack and looks whether event, picture and manifest come back."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop.notices.events import EventType
from depthdrop_cli.commands.drop import plan_of, tell_price, upload
from depthdrop_cli.commands.follow import follow
from depthdrop_cli.commands.offers import gather
from depthdrop_cli.stack.notifications import Ear, hearing
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, table

PROMPT = "a winter evening, fresh snow on every roof, lanterns lit"
FOLDER = "smoke-test"
_LOOKS_FOR_EVENT = 12  # of five seconds each: an ended edit's event is on its way


def smoke(stack: OperatorStack, out: Output, picture: Path, patience: float) -> Exit:
    """Under a key that nobody has used it is an edit of its own, whatever was paid for before."""
    if urlsplit(stack.environment.upstream_base_url).hostname == "127.0.0.1":
        out.say("The upstream is on this machine: nothing is paid.")
    below = f"{stack.environment.inbox_prefix}{FOLDER}/{secrets.token_hex(4)}/"
    offers = {key: one for key, one in gather([picture], below, PROMPT, None).items() if one.is_picture}
    if len(offers) != 1:
        raise UsageError(f"{picture} is not one picture.")
    plan = plan_of(stack, offers)
    tell_price(stack, out, plan)
    if plan[0].verdict != "buy":
        return Exit.NOT_SO
    begun, [key] = stack.now(), offers
    with hearing(stack) as ear:
        upload(stack, offers, plan, lambda key: out.say(f"{key}: uploaded"))
        code, [end] = follow(stack, out, [key], patience)
        event = None if code is Exit.STILL_GOING else _heard(ear, key)
    data = {"key": key, "state": end["state"], "seconds": stack.now() - begun, "event": event}
    checks = {} if code is Exit.STILL_GOING else dict(_checks(event))
    rows = [("good" if holds else "BAD", what) for what, holds in checks.items()]
    out.answer({**data, "checks": checks}, lambda console: console.print(table(("", "found"), rows)))
    out.say(f"{stack.name}: {end['state']} after {data['seconds']} s. What is below {FOLDER}/ may be removed.")
    if code is Exit.STILL_GOING:
        return code
    return Exit.DONE if all(checks.values()) else Exit.NOT_SO


def _heard(ear: Ear, key: str) -> dict[str, Any] | None:
    for _ in range(_LOOKS_FOR_EVENT):
        if (event := ear.event_of(key)) is not None:
            return event
    return None


def _checks(event: dict[str, Any] | None) -> Iterator[tuple[str, bool]]:
    """What a stack that works has done by now."""
    yield "The event of this picture came.", event is not None
    if event is None:
        return
    data = event["data"]
    succeeded = event["type"] == EventType.SUCCEEDED.value
    yield f"It says {event['type']}.", succeeded
    if not succeeded:
        return
    result, manifest = data["result"], data["manifest"]
    yield f"The picture is s3://{result['bucket']}/{result['key']}.", _bytes_of(result) == result["bytes"]
    told = _read(manifest)
    yield "The manifest beside it says the same.", told.items() >= data.items()


def _bytes_of(result: dict[str, str]) -> int | None:
    try:
        return aws.s3().head_object(Bucket=result["bucket"], Key=result["key"])["ContentLength"]
    except ClientError:
        return None


def _read(manifest: dict[str, str]) -> dict[str, Any]:
    try:
        body = aws.s3().get_object(Bucket=manifest["bucket"], Key=manifest["key"])["Body"].read()
    except ClientError:
        return {}
    found: dict[str, Any] = json.loads(body)
    return found
