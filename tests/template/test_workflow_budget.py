"""The loop fits into what Step Functions allows: 25,000 events of history and 256 KiB of state.

Both figures: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import json
from collections.abc import Callable

import pytest

from depthdrop.upstream.answer import Answer
from depthdrop.upstream.poll_outcome import Failed, Ready, Stopped, classify_poll
from depthdrop.upstream.post_outcome import Accepted, classify_post
from depthdrop.watch.latency import Latency
from depthdrop.watch.poll_intervals import next_wait
from depthdrop.watch.workflow import SCHEMA
from local.stack.bundle import load_template
from tests.template.definition import Definition, substitutions

MAXIMUM_EVENTS = 25_000
MAXIMUM_BYTES = 256 * 1024
MARGIN = 2_000  # events for retried tasks: three each, so more than 600 failed invocations
_EVENTS = {
    "Wait": 2,  # entered, exited
    "Choice": 2,
    "Task": 5,  # entered, scheduled, started, succeeded, exited
    "Fail": 1,
}
_RETRY_EVENTS = 3  # scheduled, started, failed
LONG = "x" * 300_000
USUAL = Latency(15.0)

TURNS = int(substitutions()["MaximumTurns"])
PARAMETERS = load_template()["Parameters"]


def events_at_most(definition: Definition, turns: int) -> int:
    """Of an execution that takes every turn, and then still has to notify the owner."""
    each = {name: _EVENTS[state["Type"]] for name, state in definition.states.items()}
    looks = turns * (each["Wait"] + each["Poll"] + each["IsPending"])
    last_tries = 6 + 6 + 5  # MaxAttempts of the last poll, of finalize and of the last resort
    ends = each["Finalize"] + each["TellWithoutFinalize"] + each["Unfinished"]
    return 2 + looks + ends + last_tries * _RETRY_EVENTS


def turns_until(deadline: int, latency: Latency = USUAL) -> int:
    """Of a task that is pending until then, when poll comes back at once because it cannot reach the upstream."""
    age, turns = 0, 0
    while age < deadline:
        age += next_wait(latency, age, None, deadline - age)
        turns += 1
    return turns


def test_the_longest_execution_stays_well_inside_the_history(
    record_property: Callable[[str, object], None],
) -> None:
    most = events_at_most(Definition.read(), TURNS)
    record_property("most_events", most)

    assert most + MARGIN <= MAXIMUM_EVENTS


def test_a_third_more_turns_would_not_fit() -> None:
    assert events_at_most(Definition.read(), TURNS * 4 // 3) + MARGIN > MAXIMUM_EVENTS


@pytest.mark.parametrize("bound", ["MinValue", "Default", "MaxValue"])
@pytest.mark.parametrize("median", [0.1, 15.0, 300.0, 3600.0, 86_400.0])
@pytest.mark.parametrize("spread", [0.3, 0.7, 1.2])
def test_the_turns_last_until_the_deadline(bound: str, median: float, spread: float) -> None:
    assert turns_until(PARAMETERS["DeadlineSeconds"][bound], Latency(median, spread)) <= TURNS


def test_the_turns_would_not_last_for_a_whole_day() -> None:
    assert turns_until(82_800) > TURNS


@pytest.mark.parametrize("polling_url", ["https://api.example/" + "x" * 2028, LONG])
def test_the_largest_answers_of_the_upstream_make_a_state_that_fits(
    polling_url: str, record_property: Callable[[str, object], None]
) -> None:
    accepted = classify_post(_answer(200, {"id": "t" * 256, "polling_url": polling_url}))
    assert isinstance(accepted, Accepted)

    size = _bytes(accepted.task_id, accepted.polling_url, _largest_outcome())
    record_property("most_state_bytes", size)

    assert size < MAXIMUM_BYTES // 2


def test_answers_that_were_taken_at_full_length_would_not_fit() -> None:
    outcome: dict[str, object] = {"status": "failed", "code": "upstream_failed", "message": LONG}

    assert _bytes("t", LONG, {"status": "pending"}) > MAXIMUM_BYTES
    assert _bytes("t", None, outcome) > MAXIMUM_BYTES


def _bytes(task_id: str, polling_url: str | None, outcome: dict[str, object]) -> int:
    """Of the state with everything in it that the loop ever adds."""
    state = {
        "schema": SCHEMA,
        "edit_id": "e" * 64,
        "attempt": 10**9,
        "task_id": task_id,
        "polling_url": polling_url,
        "submitted_at": 1_700_000_000.123,
        "deadline_at": 1_700_000_000,
        "latency": {"median": 86_399.999, "spread": 0.6881},
        "wait_seconds": 30,
        "turns": TURNS,
        "failure": "Lambda.ClientExecutionTimeoutException",
        "outcome": outcome,
    }
    return len(json.dumps(state).encode())


def _largest_outcome() -> dict[str, object]:
    """The longest of what classify_poll makes of endless answers, in the form that poll hands on."""
    link = "https://delivery.example/" + "l" * 8100
    answers = [
        _answer(200, {"status": "Ready", "result": {"sample": link, "seed": 10**400}}),
        _answer(200, {"status": "Request Moderated", "details": {"Moderation Reasons": ["m" * 5000] * 100}}),
        _answer(200, {"status": "Failed", "fail_reason": LONG}),
        _answer(401, {"error": {"code": "e" * 1000, "message": LONG}}),
    ]
    found: list[dict[str, object]] = []
    for answer in answers:
        match classify_poll(answer):
            case Ready(sample, seed, duration):
                found.append({"status": "ready", "sample": sample, "seed": seed, "duration_seconds": duration})
            case Failed(code, message):
                found.append({"status": "failed", "code": code, "message": message})
            case Stopped(message):
                found.append({"status": "expired", "code": "key_refused", "message": message})
            case other:
                raise AssertionError(f"an answer that ends nothing: {other}")
    return max(found, key=lambda outcome: len(json.dumps(outcome)))


def _answer(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode(), {})
