"""Writes events/*.json, one for each function and case, for tests and for trying a function by hand: `make events`.

What AWS sends is written down as AWS documents it; whatever is ours comes from the code that makes it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from depthdrop.inbox.message import DropReleased
from depthdrop.observe import make_logger
from depthdrop.records.parking import release_message
from depthdrop.settings.catalogue import DEPTH
from depthdrop.upstream.answer import Answer, Observation
from depthdrop.upstream.post_outcome import Accepted
from depthdrop.use_cases.poll import Poll, watch_of
from depthdrop.watch.latency import expected
from depthdrop.watch.schedule import first_wait
from depthdrop.watch.workflow import execution_input, facts_of_accepted

FOLDER = Path(__file__).resolve().parents[2] / "events"
INBOX = "depthdrop-inbox"
KEY, KEY_IN_A_URL = "summer/café + garden.jpg", "summer/caf%C3%A9+%2B+garden.jpg"
EDIT_ID = "bd19cf55b211b199eb02c9f2b0a1a3d7964897ccafa594b29632ce5d6730f919"
DROP_ID = "9e28489d8fb9c85e36c723a7bfab1d330d82739efed48739c0197980b889b42f"
TASK = Accepted(
    "7f0a1c1e-5a4b-4a8e-9d38-6b1f3c2f9a10",
    "https://api.cometapi.com/flux/v1/get_result?id=7f0a1c1e-5a4b-4a8e-9d38-6b1f3c2f9a10",
)
SUBMITTED_AT = 1781078425.125  # 2026-06-10 08:00:25 UTC
_PATIENCE_SECONDS, _FIRST_WAIT_SECONDS, _LINGER_SECONDS = 3600, 60, 60  # the template's defaults
_ACCOUNT, _REGION, _ETAG = "123456789012", "us-east-1", "99486c0b8dcb93c6d1f8c2d6d6c7f3a1"
_VERSION, _SEQUENCER = "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", "00617F08299329D189"
_SIZE_BYTES = 154_216

Event = dict[str, Any]

_READY: Event = {
    "id": TASK.task_id,
    "status": "Ready",
    "result": {
        "sample": "https://delivery.example/results/sample.jpeg?sig=0a1b2c",
        "seed": 4041919005,
        "duration": 7.2,
    },
}
_MODERATED: Event = {
    "id": TASK.task_id,
    "status": "Request Moderated",
    "details": {"Moderation Reasons": ["Derivative Works Filter"]},
}


def events() -> Iterator[tuple[str, Event]]:
    """The name of each and what it holds."""
    yield "submit_eventbridge", _message(1, _eventbridge())
    yield "submit_s3_notification", _message(2, _s3_notification())
    yield "submit_parked_drop", _message(3, release_message(DropReleased(DROP_ID).drop_id))
    yield "poll", watched()
    yield "finalize_ready", after_poll(_READY, seconds=12.0)
    yield "finalize_failed", after_poll(_MODERATED, seconds=6.0)
    yield "finalize_expired", after_poll({"status": "Pending"}, seconds=_PATIENCE_SECONDS, turns=128)
    yield "sweep", _schedule()


def watched() -> Event:
    """The state of an execution that was started a moment ago."""
    latency = expected(DEPTH.mean_seconds)
    deadline = int(SUBMITTED_AT) + _PATIENCE_SECONDS
    wait = first_wait(latency, _FIRST_WAIT_SECONDS)
    return execution_input(EDIT_ID, 1, facts_of_accepted(TASK, SUBMITTED_AT, deadline, latency, wait))


def after_poll(body: Event, seconds: float, turns: int = 1) -> Event:
    """The state after poll has been answered so, with the task at that age; as the workflow merges it."""
    state = watched()
    now = SUBMITTED_AT + seconds
    poll = Poll(
        upstream=cast("Any", _Answers(Answer(200, json.dumps(body).encode(), {}))),
        key=cast("Any", _Key()),
        longest_linger=_LINGER_SECONDS,
        logger=make_logger("poll"),
        clock=lambda: now,
    )
    outcome = poll.handle(watch_of(state), lambda: _LINGER_SECONDS)
    return {**state, "outcome": outcome, "wait_seconds": outcome.get("wait_seconds", 1), "turns": turns}


@dataclass(frozen=True, slots=True)
class _Answers:
    answer: Observation

    def get_result(self, *_: object) -> Observation:
        return self.answer


class _Key:
    def current(self) -> str:
        return "sk-sample"


def _message(number: int, body: Event) -> Event:
    """As an SQS event source hands it over: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    text = json.dumps(body, ensure_ascii=False)
    record = {
        "messageId": f"19dd0b57-b21e-4ac1-bd88-01bbb068cb0{number}",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a+example==",
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1781078412345",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1781078422345",
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:depthdrop-InboxQueue-1A2B3C4D5E6F",
        "awsRegion": _REGION,
    }
    return {"Records": [record]}


def _eventbridge() -> Event:
    """Keys stand as they are: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    return {
        "version": "0",
        "id": "2d4eba74-fd51-3966-4bfa-b013c9da8ff1",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": _ACCOUNT,
        "time": "2026-06-10T08:00:12Z",
        "region": _REGION,
        "resources": [f"arn:aws:s3:::{INBOX}"],
        "detail": {
            "version": "0",
            "bucket": {"name": INBOX},
            "object": {
                "key": KEY,
                "size": _SIZE_BYTES,
                "etag": _ETAG,
                "version-id": _VERSION,
                "sequencer": _SEQUENCER,
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": _ACCOUNT,
            "source-ip-address": "203.0.113.7",
            "reason": "PutObject",
        },
    }


def _s3_notification() -> Event:
    """Keys are encoded: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": _REGION,
        "eventTime": "2026-06-10T08:00:12.345Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AIDAIENQZJOLO23YVJ4VO"},
        "requestParameters": {"sourceIPAddress": "203.0.113.7"},
        "responseElements": {
            "x-amz-request-id": "C3D13FE58DE4C810",
            "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "inbox",
            "bucket": {
                "name": INBOX,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": f"arn:aws:s3:::{INBOX}",
            },
            "object": {
                "key": KEY_IN_A_URL,
                "size": _SIZE_BYTES,
                "eTag": _ETAG,
                "versionId": _VERSION,
                "sequencer": _SEQUENCER,
            },
        },
    }
    return {"Records": [record]}


def _schedule() -> Event:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": _ACCOUNT,
        "time": "2026-06-10T08:05:00Z",
        "region": _REGION,
        "resources": [f"arn:aws:events:{_REGION}:{_ACCOUNT}:rule/depthdrop-SweepFunctionSchedule-1A2B3C4D5E6F"],
        "detail": {},
    }


def text_of(event: Event) -> str:
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, event in events():
        (FOLDER / f"{name}.json").write_text(text_of(event))
