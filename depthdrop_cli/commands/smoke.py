"""`depthdrop smoke`: drops one picture into a stack and looks whether event, picture and manifest come back."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop.notices.events import EventType
from depthdrop_cli.commands.drop import follow, plan_of, tell_price, upload
from depthdrop_cli.commands.offers import gather
from depthdrop_cli.stack.notifications import event_of, notifications
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, Timeout, table

_PROMPT = "a winter evening, fresh snow on every roof, lanterns lit"
_FOLDER = "smoke-test"


def smoke(
    stack: OperatorStack,
    out: Output,
    picture: Annotated[Path, typer.Argument(help="What to drop; it costs one edit.")],
    timeout: Timeout = 600,
) -> Exit:
    """Drop one picture and look whether its event, its result and its manifest come back. One edit is paid."""
    if urlsplit(stack.environment.upstream_base_url).hostname == "127.0.0.1":
        out.say("The upstream is on this machine: nothing is paid.")
    # Under a key that nothing has used it is an edit of its own, whatever was paid for before.
    below = f"{stack.environment.inbox_prefix}{_FOLDER}/{secrets.token_hex(4)}/"
    offers = {key: one for key, one in gather([picture], below, _PROMPT, None).items() if one.is_picture}
    if len(offers) != 1:
        raise UsageError(f"{picture} is not one picture.")
    plan = plan_of(stack, offers)
    tell_price(stack, out, plan)
    if plan[0].verdict != "buy":
        return Exit.NOT_SO
    begun, [key] = stack.now(), offers
    with notifications(stack) as queue_url:
        upload(stack, offers, plan, lambda key: out.say(f"{key}: uploaded"))
        code, [end] = follow(stack, out, [key], timeout)
        event = None if code is Exit.STILL_GOING else event_of(queue_url, key)
    data = {"key": key, "state": end["state"], "seconds": stack.now() - begun, "event": event}
    checks = {} if code is Exit.STILL_GOING else dict(_checks(event))
    rows = [("good" if holds else "BAD", what) for what, holds in checks.items()]
    out.answer({**data, "checks": checks}, [table(("", "found"), rows)])
    out.say(f"{stack.name}: {end['state']} after {data['seconds']} s. What is below {_FOLDER}/ may be removed.")
    if code is Exit.STILL_GOING:
        return code
    return Exit.DONE if all(checks.values()) else Exit.NOT_SO


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
    s3, result, manifest = aws.s3(), data["result"], data["manifest"]
    length, stored = None, {}
    with contextlib.suppress(ClientError):
        length = s3.head_object(Bucket=result["bucket"], Key=result["key"])["ContentLength"]
    yield f"The picture is s3://{result['bucket']}/{result['key']}.", length == result["bytes"]
    with contextlib.suppress(ClientError):
        stored = json.loads(s3.get_object(Bucket=manifest["bucket"], Key=manifest["key"])["Body"].read())
    yield "The manifest beside it says the same.", stored.items() >= data.items()
