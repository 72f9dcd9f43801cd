"""Writes those events/*.json that our own code creates: `make events`. They are for tests and `make invoke`.

The other three are written by hand, from the documentation of AWS:

submit_eventbridge      plain keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
submit_s3_notification  encoded keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
sweep                   https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html

submit gets the first two in a message of SQS: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from depthdrop.observe import make_logger
from depthdrop.records.parking import release_message
from depthdrop.settings.models_and_prices import DEPTH
from depthdrop.upstream.answer import Answer
from depthdrop.upstream.post_outcome import Accepted
from depthdrop.use_cases.poll import Poll, watch_of
from depthdrop.watch.latency import expected
from depthdrop.watch.poll_intervals import first_wait
from depthdrop.watch.workflow import execution_input, facts_of_accepted

FOLDER = Path(__file__).resolve().parents[2] / "events"
INBOX = "depthdrop-inbox"
KEY = "summer/café + garden.jpg"
EDIT_ID = "bd19cf55b211b199eb02c9f2b0a1a3d7964897ccafa594b29632ce5d6730f919"
DROP_ID = "9e28489d8fb9c85e36c723a7bfab1d330d82739efed48739c0197980b889b42f"
TASK = Accepted(
    "7f0a1c1e-5a4b-4a8e-9d38-6b1f3c2f9a10",
    "https://api.cometapi.com/flux/v1/get_result?id=7f0a1c1e-5a4b-4a8e-9d38-6b1f3c2f9a10",
)
SUBMITTED_AT = 1781078425.125  # 2026-06-10 08:00:25 UTC
_PATIENCE_SECONDS, _FIRST_WAIT_SECONDS, _LINGER_SECONDS = 3600, 60, 60  # the template's defaults

Event = dict[str, Any]

_LINK = "https://delivery.example/results/sample.jpeg?sig=0a1b2c"
_RESULT = {"sample": _LINK, "seed": 4041919005, "duration": 7.2}
_REASONS = {"Moderation Reasons": ["Derivative Works Filter"]}
_READY: Event = {"id": TASK.task_id, "status": "Ready", "result": _RESULT}
_MODERATED: Event = {"id": TASK.task_id, "status": "Request Moderated", "details": _REASONS}


def events() -> Iterator[tuple[str, Event]]:
    """The name and the content of each."""
    yield "submit_parked_drop", _parked_drop()
    yield "poll", watched()
    yield "finalize_ready", after_poll(_READY, seconds=12.0)
    yield "finalize_failed", after_poll(_MODERATED, seconds=6.0)
    yield "finalize_expired", after_poll({"status": "Pending"}, seconds=_PATIENCE_SECONDS, turns=128)


def _parked_drop() -> Event:
    """The message of an S3 notification, with a parked drop as its body."""
    [record] = json.loads((FOLDER / "submit_s3_notification.json").read_text())["Records"]
    body = json.dumps(release_message(DROP_ID))
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    record |= {"messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb03", "body": body, "md5OfBody": digest}
    return {"Records": [record]}


def watched() -> Event:
    """The state of an execution that has just started."""
    latency = expected(DEPTH.mean_seconds)
    deadline = int(SUBMITTED_AT) + _PATIENCE_SECONDS
    wait = first_wait(latency, _FIRST_WAIT_SECONDS)
    return execution_input(EDIT_ID, 1, facts_of_accepted(TASK, SUBMITTED_AT, deadline, latency, wait))


def after_poll(body: Event, seconds: float, turns: int = 1) -> Event:
    """The state after the upstream answered `body` when the task was `seconds` old, as the workflow merges it."""
    state = watched()
    answer = Answer(200, json.dumps(body).encode(), {})
    poll = Poll(
        upstream=cast("Any", SimpleNamespace(get_result=lambda *_: answer)),
        key=cast("Any", SimpleNamespace(current=lambda: "sk-sample")),
        longest_linger=_LINGER_SECONDS,
        logger=make_logger("poll"),
        clock=lambda: SUBMITTED_AT + seconds,
    )
    outcome = poll.handle(watch_of(state), lambda: _LINGER_SECONDS)
    return {**state, "outcome": outcome, "wait_seconds": outcome.get("wait_seconds", 1), "turns": turns}


def text_of(event: Event) -> str:
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, event in events():
        (FOLDER / f"{name}.json").write_text(text_of(event))
