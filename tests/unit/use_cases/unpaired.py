"""Files that come alone, and the rounds of sweep that find them."""

import json

from depthdrop import aws
from depthdrop.records.files import pk_of
from tests.support.aws import INBOX, Stack
from tests.support.scripted import NOW, PICTURE, picture

WAIT = 15 * 60
TEXT = b"a watercolour"
CONTENT = {"room.jpg": PICTURE, "hall.jpg": PICTURE, "hall_depth.png": picture("PNG"), "hall.yaml": b"prompt: x"}


def put(stack: Stack, key: str, at: float = NOW - 60) -> None:
    """A file appears and its event is processed."""
    stack.put(key, CONTENT.get(key, TEXT), at)
    assert len(stack.deliver(key)) == 1


def delete(key: str) -> None:
    aws.s3().delete_object(Bucket=INBOX, Key=key)


def bury(stack: Stack, key: str) -> None:
    """The event of this file could not be processed."""
    detail = {"bucket": {"name": INBOX}, "object": {"key": key}}
    body = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    aws.sqs().send_message(QueueUrl=stack.names["InboxDeadLetters"], MessageBody=json.dumps(body))


def sweep(stack: Stack, at: float) -> dict[str, int]:
    stack.clock.now = at
    done = stack.sweep().handle().items()
    return {name: count for name, count in done if count and name.startswith("halves_")}


def report_unpaired(stack: Stack, *keys: str) -> str:
    """Put these files without their counterparts and have sweep report them; the last event's id."""
    for key in keys:
        put(stack, key)
    assert sweep(stack, NOW + WAIT) == {"halves_told": len(keys)}
    event_id: str = stack.events()[-1]["id"]
    return event_id


def superseded(stack: Stack) -> list[str | None]:
    return [event["data"].get("supersedes") for event in stack.events()]


def is_open(stack: Stack, key: str) -> bool:
    return "open" in (stack.table.get(pk_of(key)) or {})
