"""The outcome of a POST for every answer: it decides whether the request may be sent again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.upstream.answer import Answer, NoAnswer
from depthdrop.upstream.post_outcome import (
    Accepted,
    Ambiguous,
    PostOutcome,
    Refused,
    RefusedPost,
    Unsent,
    classify_post,
)
from tests.support.observed_answers import answer

TASK = "3f6c8e0a-task"
URL = "https://api.cometapi.com/flux/v1/get_result?id=3f6c8e0a-task"


def _comet(code: str = "", message: str = "no (request id: 1)") -> dict[str, object]:
    return {"error": {"message": message, "type": "comet_api_error", "param": "", "code": code}}


@pytest.mark.parametrize(
    ("seen", "polling_url"),
    [
        (answer(200, {"id": TASK, "polling_url": URL}), URL),
        (answer(200, {"id": TASK, "status": "Pending"}), None),
        (answer(200, {"task_id": TASK}), None),
        (answer(200, {"id": TASK, "cost": 6, "input_mp": 1.0, "output_mp": None}), None),
        (answer(200, {"code": "success", "data": {"id": TASK, "polling_url": URL}}), URL),
        (answer(200, {"code": "success", "data": {"task_id": TASK}}), None),
        (answer(200, {"id": None, "task_id": TASK}), None),
        (answer(200, {"id": "", "data": {"id": TASK}}), None),
        (answer(200, {"id": TASK, "error": {"code": "odd"}}), None),
        (answer(201, {"id": TASK}), None),
        (answer(202, {"id": TASK}), None),
        (answer(299, {"id": TASK}), None),
        (answer(200, {"id": TASK, "polling_url": None}), None),
        (answer(200, {"id": TASK, "polling_url": 5}), None),
        (answer(200, {"id": TASK, "polling_url": ""}), None),
        (answer(200, {"id": TASK, "polling_url": "https://a/\n"}), None),
        (answer(200, {"id": TASK, "polling_url": "https://a/ü"}), None),
        (answer(200, {"id": TASK, "polling_url": "u" * 2048}), "u" * 2048),
        (answer(200, {"id": TASK, "polling_url": "u" * 2049}), None),
        (answer(200, {"id": TASK, "polling_url": "u"}), "u"),
        (answer(200, b'{"id": "' + TASK.encode() + b'", "cost": NaN}'), None),
    ],
    ids=range(21),
)
def test_an_answer_with_a_task_id_is_accepted(seen: Answer, polling_url: str | None) -> None:
    assert classify_post(seen) == Accepted(TASK, polling_url)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (answer(400, _comet("invalid_request")), Refused.REQUEST),
        (answer(400, b""), Refused.REQUEST),
        (answer(422, {"detail": [{"loc": ["body", "steps"], "msg": "too few", "type": "x"}]}), Refused.REQUEST),
        (answer(500, _comet("invalid_request")), Refused.REQUEST),
        (answer(401, _comet()), Refused.KEY),
        (answer(401, b"<html>"), Refused.KEY),
        (answer(403, _comet(message="forbidden")), Refused.KEY),
        (answer(403, _comet(message="invalid credentials")), Refused.KEY),
        (answer(403, _comet(message="Insufficient permissions for this token")), Refused.KEY),
        (answer(403, _comet("quo", "ta")), Refused.KEY),
        (answer(403, b""), Refused.KEY),
        (answer(402, _comet()), Refused.BALANCE),
        (answer(403, _comet("insufficient_user_quota")), Refused.BALANCE),
        (answer(403, _comet(message="Your balance is too low")), Refused.BALANCE),
        (answer(403, _comet(message="Out of CREDITS")), Refused.BALANCE),
        (answer(403, _comet(message="insufficient funds")), Refused.BALANCE),
        (answer(404, _comet()), Refused.MODEL),
        (answer(404, b"<html>not found</html>"), Refused.MODEL),
        (answer(410, _comet()), Refused.MODEL),
        (answer(503, _comet("model_not_found")), Refused.MODEL),
        (answer(429, _comet()), Refused.BUSY),
        (answer(429, b"slow down"), Refused.BUSY),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else None,
)
def test_a_refusal_was_not_charged(seen: Answer, reason: Refused) -> None:
    outcome = classify_post(seen)

    assert isinstance(outcome, RefusedPost)
    assert outcome.reason is reason
    assert outcome.message


@pytest.mark.parametrize(
    "seen",
    [
        answer(200, {}),
        answer(200, {"status": "Pending"}),
        answer(200, {"id": None}),
        answer(200, {"id": 12345}),
        answer(200, {"id": "x" * 257}),
        answer(200, {"id": "a\nb"}),
        answer(200, {"id": "\ud800"}),
        answer(200, {"data": [{"id": TASK}]}),
        answer(200, {"data": None}),
        answer(200, [TASK]),
        answer(200, b""),
        answer(200, b"<html>login</html>"),
        answer(200, b'{"id": "' + TASK.encode()),
        answer(199, {"id": TASK}),
        answer(204, b""),
        answer(300, {"id": TASK}),
        answer(301, b"", location="https://elsewhere"),
        answer(302, {"id": TASK}),
        answer(304, b""),
        answer(405, _comet()),
        answer(408, b""),
        answer(409, _comet()),
        answer(413, b""),
        answer(499, b""),
        answer(500, _comet()),
        answer(500, _comet(message="invalid_request")),
        answer(500, {"id": TASK}),
        answer(502, b"<html>"),
        answer(503, _comet()),
        answer(503, _comet("invalid_request")),
        answer(503, _comet(message="model_not_found")),
        answer(504, b""),
        answer(520, b""),
        answer(524, b""),
        answer(502, _comet("model_not_found")),
        answer(999, b""),
        NoAnswer("ReadTimeout"),
        NoAnswer("ReadError"),
        NoAnswer("RemoteProtocolError"),
        NoAnswer("AnswerTooLong"),
    ],
    ids=lambda seen: f"{seen.status} {seen.body[:40]!r}" if isinstance(seen, Answer) else seen.detail,
)
def test_a_post_that_may_have_been_charged_is_ambiguous(seen: Answer | NoAnswer) -> None:
    outcome = classify_post(seen)

    assert isinstance(outcome, Ambiguous)
    assert outcome.message.isprintable()


def test_a_task_id_may_be_256_characters_long() -> None:
    assert classify_post(answer(200, {"id": "x" * 256})) == Accepted("x" * 256, None)


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (NoAnswer("ReadTimeout"), "The answer to a paid request was lost (ReadTimeout)."),
        (answer(502, _comet()), "The upstream answered HTTP 502 after the request was sent. no (request id: 1)"),
        (answer(504, b""), "The upstream answered HTTP 504 after the request was sent."),
        (answer(200, b"<html>"), "The upstream answered HTTP 200 with something that is not JSON."),
        (answer(202, {}), "The upstream answered HTTP 202 without a task id."),
    ],
    ids=["lost", "with a message", "without one", "not JSON", "no task id"],
)
def test_an_ambiguous_outcome_names_the_answer(seen: Answer | NoAnswer, message: str) -> None:
    assert classify_post(seen) == Ambiguous(message)


@pytest.mark.parametrize("name", ["ConnectError", "ConnectTimeout", "PoolTimeout"])
def test_a_request_that_never_connected_is_unsent(name: str) -> None:
    outcome = classify_post(NoAnswer(name, started=False))

    assert outcome == Unsent(f"The upstream could not be reached ({name}).")


def test_retry_after_is_kept_for_a_busy_upstream_and_for_nothing_else() -> None:
    busy = classify_post(answer(429, {}, retry_after="7"))
    refused = classify_post(answer(400, {}, retry_after="7"))

    assert isinstance(busy, RefusedPost)
    assert isinstance(refused, RefusedPost)
    assert (busy.retry_after_seconds, refused.retry_after_seconds) == (7.0, None)


def test_the_upstreams_words_are_shown() -> None:
    refused = classify_post(answer(422, {"detail": [{"loc": ["body", "steps"], "msg": "too few"}]}))
    silent = classify_post(answer(400, b""))

    assert refused == RefusedPost(Refused.REQUEST, "steps: too few")
    assert silent == RefusedPost(Refused.REQUEST, "HTTP 400 without an explanation.")


@given(st.integers(100, 999), st.binary(max_size=100) | st.just(b'{"id": "t"}'))
def test_only_a_known_refusal_or_silence_before_sending_is_ever_called_not_charged(
    status: int, body: bytes
) -> None:
    outcome: PostOutcome = classify_post(Answer(status, body))

    if isinstance(outcome, RefusedPost):
        assert status in {400, 401, 402, 403, 404, 410, 422, 429}
    else:
        assert isinstance(outcome, Accepted if 200 <= status < 300 and body == b'{"id": "t"}' else Ambiguous)


def test_the_words_for_a_refusal_are_in_records_and_events_and_stay() -> None:
    assert {reason.name: reason.value for reason in Refused} == {
        "REQUEST": "request_refused",
        "MODEL": "model_withdrawn",
        "KEY": "key_refused",
        "BALANCE": "balance_empty",
        "BUSY": "upstream_busy",
    }
