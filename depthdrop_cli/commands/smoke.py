"""`depthdrop smoke`: drops one picture into a stack and checks its event, result and manifest."""

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
from depthdrop_cli.commands.drop import follow, plan_of, show_price, upload
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
    picture: Annotated[Path, typer.Argument(help="The picture to drop; it costs one edit.")],
    timeout: Timeout = 600,
) -> Exit:
    """Drop one picture and check that its event, result and manifest arrive. Pays for one edit."""
    if urlsplit(stack.environment.upstream_base_url).hostname == "127.0.0.1":
        out.say("The upstream is on this machine: nothing is paid.")
    # A new key makes a new edit, even if the same picture was paid for before.
    below = f"{stack.environment.inbox_prefix}{_FOLDER}/{secrets.token_hex(4)}/"
    offers = {key: offer for key, offer in gather([picture], below, _PROMPT, None).items() if offer.is_picture}
    if len(offers) != 1:
        raise UsageError(f"{picture} is not one picture.")
    plan = plan_of(stack, offers)
    show_price(out, plan)
    if plan.explanations[0].verdict != "buy":
        return Exit.UNSUCCESSFUL
    started_at, [key] = stack.now(), offers
    with notifications(stack) as queue_url:
        upload(stack, plan, lambda key: out.say(f"{key}: uploaded"))
        code, [end] = follow(stack, out, [key], timeout)
        event = None if code is Exit.NOT_FINISHED else event_of(queue_url, key)
    data = {"key": key, "state": end["state"], "seconds": stack.now() - started_at, "event": event}
    checks = {} if code is Exit.NOT_FINISHED else dict(_checks(event))
    rows = [("good" if passed else "BAD", name) for name, passed in checks.items()]
    out.answer({**data, "checks": checks}, [table(("", "found"), rows)])
    out.say(f"{stack.name}: {end['state']} after {data['seconds']} s. The files below {_FOLDER}/ may be removed.")
    if code is Exit.NOT_FINISHED:
        return code
    return Exit.DONE if all(checks.values()) else Exit.UNSUCCESSFUL


def _checks(event: dict[str, Any] | None) -> Iterator[tuple[str, bool]]:
    """Each check of a finished edit, and whether it passed."""
    yield "The event of this picture arrived.", event is not None
    if event is None:
        return
    data = event["data"]
    succeeded = event["type"] == EventType.SUCCEEDED.value
    yield f"Its type is {event['type']}.", succeeded
    if not succeeded:
        return
    s3, result, manifest = aws.s3(), data["result"], data["manifest"]
    length, stored = None, {}
    with contextlib.suppress(ClientError):
        length = s3.head_object(Bucket=result["bucket"], Key=result["key"])["ContentLength"]
    yield f"The picture is s3://{result['bucket']}/{result['key']}.", length == result["bytes"]
    with contextlib.suppress(ClientError):
        stored = json.loads(s3.get_object(Bucket=manifest["bucket"], Key=manifest["key"])["Body"].read())
    yield "The manifest beside it has the same data.", stored.items() >= data.items()
