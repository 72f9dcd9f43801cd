"""Poll is invoked for a fresh link; only expected fields of its answer are used, and anything else is ignored."""

import io
import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from depthdrop import aws
from depthdrop.observe import make_logger
from depthdrop.use_cases.download_and_store import fresh_look
from tests.support.template_names import template

READY = {"status": "ready", "sample": "https://delivery.example/a", "seed": 7, "duration_seconds": 7.2}
FAILED = {"status": "failed", "code": "upstream_failed", "message": "no"}
EXPIRED = {"status": "expired", "code": "task_not_found", "message": "gone"}
STATE = {"edit_id": "e", "task_id": "t", "submitted_at": 1.5, "outcome": READY}


@dataclass
class Lambda:
    """Answers with these bytes, and what else belongs to the answer; or with this trouble."""

    said: bytes = b""
    more: dict[str, Any] = field(default_factory=dict)
    trouble: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.trouble is not None:
            raise self.trouble
        return {"Payload": io.BytesIO(self.said), **self.more}


def look(poll: Lambda) -> object:
    return fresh_look("depthdrop-poll", cast("Any", poll), make_logger("finalize"), STATE)


def test_poll_gets_the_executions_state() -> None:
    poll = Lambda(json.dumps(READY).encode())
    look(poll)

    [asked] = poll.asked
    assert asked.keys() == {"FunctionName", "Payload"}  # so it is waited for
    assert (asked["FunctionName"], json.loads(asked["Payload"])) == ("depthdrop-poll", STATE)


@pytest.mark.parametrize("said", [READY, FAILED, EXPIRED])
def test_an_end_is_taken_as_poll_reports_it(said: dict[str, object]) -> None:
    assert look(Lambda(json.dumps({**said, "took_seconds": 4.5, "debug": 1}).encode())) == said


@pytest.mark.parametrize(
    "said",
    [
        {"status": "pending", "wait_seconds": 4},
        {"status": "ready"},
        {"status": "ready", "sample": None},
        {"status": "ready", "sample": ["https://delivery.example/a"]},
        {"status": "failed", "code": "moderated"},
        {"status": "failed", "code": 5, "message": "no"},
        {"status": "expired", "code": "gone", "message": {"text": "no"}},
        {"status": "done"},
        {"sample": "https://delivery.example/a"},
        [],
        "ready",
        None,
    ],
)
def test_what_is_no_end_brings_nothing(said: object) -> None:
    assert look(Lambda(json.dumps(said).encode())) is None


@pytest.mark.parametrize("seed", ["7", 7.5, True, None, [7]])
@pytest.mark.parametrize("seconds", ["7.2", True, None, {}])
def test_fields_that_should_be_numbers_and_are_not_are_left_out(seed: object, seconds: object) -> None:
    said = {**READY, "seed": seed, "duration_seconds": seconds}

    assert look(Lambda(json.dumps(said).encode())) == {**READY, "seed": None, "duration_seconds": None}


@pytest.mark.parametrize(
    "poll",
    [
        Lambda(b'{"errorMessage": "boom", "errorType": "KeyError"}', {"FunctionError": "Unhandled"}),
        Lambda(json.dumps(READY).encode(), {"FunctionError": "Unhandled"}),
        Lambda(b""),
        Lambda(b"<html>"),
        Lambda(b"\xff"),
        Lambda(trouble=ClientError({"Error": {"Code": "TooManyRequestsException", "Message": ""}}, "Invoke")),
        Lambda(trouble=ReadTimeoutError(endpoint_url="https://lambda")),
        Lambda(trouble=ConnectTimeoutError(endpoint_url="https://lambda")),
    ],
)
def test_a_poll_that_breaks_or_cannot_be_reached_brings_nothing(poll: Lambda) -> None:
    assert look(poll) is None
    assert len(poll.asked) == 1


def test_poll_is_waited_for_longer_than_it_may_run_and_never_repeated() -> None:
    aws.functions.cache_clear()
    config: Any = aws.functions().meta.config  # its types know none of its fields
    timeout = template()["Resources"]["PollFunction"]["Properties"]["Timeout"]

    assert config.read_timeout == aws.INVOKE_SECONDS >= timeout + 5
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}
