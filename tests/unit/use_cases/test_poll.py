"""poll looks at a task for its share of time and returns, as data, what it saw."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from depthdrop import aws
from depthdrop.use_cases.poll import Watch, watch_of
from depthdrop.watch.latency import Latency
from depthdrop.watch.poll_intervals import interval
from tests.support.aws import SECRET, Stack
from tests.support.scripted import BASE_URL, KEY, LINK, NOW, Scripted, refused, status

READY = {"status": "ready", "sample": LINK, "seed": 7, "duration_seconds": 7.2}
INTERVAL = interval(Latency(15.0))


def watch(submitted_at: float = NOW - 5, deadline_at: float = NOW + 3600, polling_url: str | None = None) -> Watch:
    return Watch("task-1", polling_url, submitted_at, deadline_at)


def look(stack: Stack, asked: Watch | None = None, left: Callable[[], float] | None = None) -> dict[str, Any]:
    outcome = stack.poll().handle(asked or watch(), left or (lambda: 75.0))
    return {name: value for name, value in outcome.items() if name != "took_seconds"}


def test_a_finished_task_is_ready_with_its_link(stack: Stack) -> None:
    assert look(stack) == READY
    assert str(stack.upstream.polls[0].url) == f"{BASE_URL}/flux/v1/get_result?id=task-1"


@pytest.mark.parametrize("word", ["Pending", "Processing", "Queued", "Reasoning", "something new"])
def test_it_looks_about_every_half_second_until_there_is_news(stack: Stack, word: str) -> None:
    stack.upstream.poll_answers.extend([status(word) for _ in range(4)])

    assert look(stack) == READY
    assert len(stack.upstream.polls) == 5
    assert stack.clock() == pytest.approx(NOW + 4 * INTERVAL)


def test_after_its_share_of_time_it_hands_back_with_a_whole_wait(stack: Stack) -> None:
    stack.upstream.poll_answers.extend([status("Pending") for _ in range(200)])

    assert look(stack, watch(submitted_at=NOW - 100)) == {"status": "pending", "wait_seconds": 16}
    assert NOW + 59 < stack.clock() < NOW + 60


def test_it_hands_back_before_its_own_time_is_over(stack: Stack) -> None:
    stack.upstream.poll_answers.extend([status("Pending") for _ in range(200)])
    outcome = look(stack, left=lambda: 10 - (stack.clock() - NOW))

    assert outcome["status"] == "pending"
    assert NOW + 6 < stack.clock() < NOW + 7


@pytest.mark.parametrize(("seconds", "wait"), [("12", 12), ("400", 30)])
def test_a_retry_after_beyond_its_share_becomes_the_workflows_wait(stack: Stack, seconds: str, wait: int) -> None:
    stack.upstream.poll_answers.extend(
        [httpx.Response(429, headers={"retry-after": seconds})] * (1 if seconds == "400" else 5)
    )

    assert look(stack)["wait_seconds"] == wait


def test_a_short_retry_after_is_slept(stack: Stack) -> None:
    stack.upstream.poll_answers.append(httpx.Response(503, headers={"retry-after": "7"}))

    assert look(stack) == READY
    assert stack.clock() == NOW + 7


NOTHING_YET: list[Scripted] = [
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("refused"),
    httpx.Response(500),
    httpx.Response(200, html="<html>"),
    httpx.Response(200, json=[1]),
    httpx.Response(200, json={"status": "Ready"}),
    httpx.Response(200, json={"status": "Ready", "result": None}),
    httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
    status("Task not found"),
    httpx.Response(404),
]


@pytest.mark.parametrize("answer", NOTHING_YET)
def test_an_answer_without_news_is_looked_at_again(stack: Stack, answer: Scripted) -> None:
    stack.upstream.poll_answers.append(answer)

    assert look(stack) == READY
    assert len(stack.upstream.polls) == 2
    assert {request.url.host for request in stack.upstream.polls} == {"api.cometapi.com"}


def test_a_failure_in_a_503_is_read_from_its_body(stack: Stack) -> None:
    stack.upstream.poll_answers.append(httpx.Response(503, json={"status": "Content Moderated"}))

    assert (look(stack)["status"], look(stack)["status"]) == ("failed", "ready")


@pytest.mark.parametrize(("word", "code"), [("Request Moderated", "moderated"), ("Error", "upstream_failed")])
def test_a_failed_task_is_failed(stack: Stack, word: str, code: str) -> None:
    stack.upstream.poll_answers.append(status(word))

    outcome = look(stack)
    assert (outcome["status"], outcome["code"]) == ("failed", code)


@pytest.mark.parametrize(("age", "ends"), [(59, False), (61, True)])
def test_a_task_not_found_is_believed_after_a_minute(stack: Stack, age: int, ends: bool) -> None:  # noqa: FBT001
    stack.upstream.poll_answers.extend([status("Task not found")])

    outcome = look(stack, watch(submitted_at=NOW - age))
    assert outcome.get("code", outcome["status"]) == ("task_not_found" if ends else "ready")


def test_a_rotated_key_is_fetched_once_and_polling_continues(stack: Stack) -> None:
    poll = stack.poll()
    poll.key.current()
    stack.set_key("sk-rotated")
    stack.upstream.poll_answers.extend([refused(401), status("Pending"), status("Pending")])
    with patch.object(poll.key, "refetched", wraps=poll.key.refetched) as refetched:
        assert poll.handle(watch(), lambda: 75.0)["status"] == "ready"

    assert stack.upstream.keys_seen == [f"Bearer {KEY}"] + ["Bearer sk-rotated"] * 3
    assert refetched.call_count == 1


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_stays_refused_stops_resumably(stack: Stack, code: int) -> None:
    stack.upstream.poll_answers.extend([refused(code), refused(code, "revoked")])

    assert look(stack) == {"status": "expired", "code": "key_refused", "message": "revoked"}
    assert len(stack.upstream.polls) == 2


def test_a_missing_key_stops_resumably_without_a_request(stack: Stack) -> None:
    stack.set_key(" ")

    assert look(stack)["code"] == "key_refused"
    assert stack.upstream.polls == []


def test_an_error_of_the_secret_is_left_to_the_workflow_to_retry(stack: Stack) -> None:
    aws.secretsmanager().delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)

    with pytest.raises(Exception, match="marked"):
        look(stack)


def test_at_the_deadline_it_stops_resumably(stack: Stack) -> None:
    stack.upstream.poll_answers.extend([status("Pending") for _ in range(10)])

    assert look(stack, watch(deadline_at=NOW + 2))["code"] == "deadline_passed"
    assert NOW + 2 <= stack.clock() < NOW + 2.5


def test_a_picture_that_is_ready_after_the_deadline_still_counts(stack: Stack) -> None:
    assert look(stack, watch(deadline_at=NOW - 100)) == READY


def test_a_polling_url_of_the_upstream_is_used_and_a_foreign_one_never(stack: Stack) -> None:
    look(stack, watch(polling_url=f"{BASE_URL}/flux/v1/get_result?id=task-1&region=eu"))
    look(stack, watch(polling_url="https://api.bfl.example/v1/get_result?id=task-1"))

    assert [str(request.url) for request in stack.upstream.polls] == [
        f"{BASE_URL}/flux/v1/get_result?id=task-1&region=eu",
        f"{BASE_URL}/flux/v1/get_result?id=task-1",
    ]
    assert stack.upstream.downloads == []


def test_the_state_may_carry_no_polling_url() -> None:
    state = {"edit_id": "e", "task_id": "t", "submitted_at": 1, "deadline_at": 2}

    assert watch_of(state) == Watch("t", None, 1.0, 2.0)
    assert watch_of({**state, "wait_seconds": 5, "latency": {"median": 20.0, "spread": 0.5}}) == Watch(
        "t", None, 1.0, 2.0, waited=5.0, latency=Latency(20.0, 0.5)
    )


def test_a_state_without_its_task_is_named() -> None:
    with pytest.raises(KeyError, match="task_id"):
        watch_of({"edit_id": "e", "submitted_at": 1, "deadline_at": 2})


def test_a_ready_answer_in_the_wrapped_form_is_ready_too(stack: Stack) -> None:
    wrapped = {"code": "success", "data": {"status": "SUCCESS", "data": {"sample": LINK}}}
    stack.upstream.poll_answers.append(httpx.Response(200, json=wrapped))

    assert look(stack)["sample"] == LINK


def test_looks_begin_an_interval_apart_however_long_one_takes(stack: Stack) -> None:
    began: list[float] = []

    def slow(_: httpx.Request) -> httpx.Response:
        began.append(stack.clock())
        stack.clock.sleep(0.25)
        return status("Pending") if len(began) < 4 else status("Ready")

    stack.upstream.poll_answers.extend([slow] * 4)
    look(stack)

    assert [later - earlier for earlier, later in pairwise(began)] == pytest.approx([INTERVAL] * 3, abs=1e-5)


def test_after_an_answer_that_was_slow_it_still_pauses(stack: Stack) -> None:
    def slow(_: httpx.Request) -> httpx.Response:
        stack.clock.sleep(5)
        return status("Pending")

    stack.upstream.poll_answers.append(slow)

    assert look(stack) == READY
    assert stack.clock() == pytest.approx(NOW + 5.1)


def test_tasks_that_began_together_are_not_looked_at_in_step(stack: Stack) -> None:
    moments = []
    for chance in (0.0, 0.999):
        began = stack.clock()
        stack.upstream.poll_answers.append(status("Pending"))
        replace(stack.poll(), chance=partial(float, chance)).handle(watch(), lambda: 75.0)
        moments.append(stack.clock() - began)

    assert moments == pytest.approx([0.9 * INTERVAL, 1.1 * INTERVAL], abs=1e-3)


@pytest.mark.parametrize(("pending", "took"), [(0, 7.2), (2, 10 + 2 * INTERVAL)])
def test_it_says_how_long_the_task_took(stack: Stack, pending: int, took: float) -> None:
    stack.upstream.poll_answers.extend([status("Pending") for _ in range(pending)])
    asked = replace(watch(submitted_at=NOW - 10), waited=5.0)

    assert stack.poll().handle(asked, lambda: 75.0)["took_seconds"] == pytest.approx(took, abs=1e-3)


def test_a_task_that_takes_longer_than_nearly_all_is_looked_at_once_in_a_turn(stack: Stack) -> None:
    stack.upstream.poll_answers.extend([status("Pending") for _ in range(10)])

    assert look(stack, watch(submitted_at=NOW - 400)) == {"status": "pending", "wait_seconds": 30}
    assert len(stack.upstream.polls) == 1
