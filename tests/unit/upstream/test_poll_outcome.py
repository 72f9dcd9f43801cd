"""The outcome of one poll, for every answer."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthdrop.upstream.answer import Answer, NoAnswer
from depthdrop.upstream.poll_outcome import Failed, Missing, Pending, PollOutcome, Ready, Stopped, classify_poll
from tests.support.observed_answers import answer

LINK = "https://delivery.example/sample.jpeg?sig=1"
RESULT = {"sample": LINK, "prompt": "ink", "seed": 4041919005, "duration": 7.2, "start_time": 1.0, "end_time": 8.2}


@pytest.mark.parametrize(
    ("body", "ready"),
    [
        ({"id": "t", "status": "Ready", "result": RESULT}, Ready(LINK, 4041919005, 7.2)),
        ({"status": "READY", "result": RESULT, "progress": None, "details": None}, Ready(LINK, 4041919005, 7.2)),
        (
            {"code": "success", "data": {"status": "SUCCESS", "fail_reason": "", "data": {"sample": LINK}}},
            Ready(LINK),
        ),
        ({"data": {"status": "Ready", "result": RESULT}}, Ready(LINK, 4041919005, 7.2)),
        ({"status": " success ", "data": {"sample": LINK}}, Ready(LINK)),
        ({"status": "Ready", "result": None, "data": {"sample": LINK}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": "7", "duration": "7"}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": True, "duration": True}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": 2**53 + 1, "duration": -1}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": 10**400, "duration": 10**400}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": 1.5, "duration": float("nan")}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "duration": float("inf")}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": 0, "duration": 0}}, Ready(LINK, 0, 0.0)),
        (
            {"status": "Ready", "result": {"sample": LINK, "seed": 2**53, "duration": 86_400}},
            Ready(LINK, 2**53, 86_400.0),
        ),
        ({"status": "Ready", "result": {"sample": LINK, "seed": -(2**53)}}, Ready(LINK, -(2**53))),
        ({"status": "Ready", "result": {"sample": LINK, "duration": 86_401}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": LINK, "seed": -(2**53) - 1}}, Ready(LINK)),
        ({"status": "Ready", "result": {"sample": "x"}}, Ready("x")),
        ({"status": "Ready", "result": {"sample": "x" * 8192}}, Ready("x" * 8192)),
    ],
    ids=range(19),
)
def test_a_finished_task_gives_its_link(body: object, ready: Ready) -> None:
    assert classify_poll(answer(200, body)) == ready
    assert classify_poll(answer(503, body)) == ready


def test_a_whole_number_of_seconds_becomes_one_with_a_point() -> None:
    """The record and the manifest have it in one form."""
    found = classify_poll(answer(200, {"status": "Ready", "result": {"sample": LINK, "duration": 7}}))

    assert isinstance(found, Ready)
    assert repr(found.duration_seconds) == "7.0"


@pytest.mark.parametrize(
    "body",
    [
        {"status": "Ready"},
        {"status": "Ready", "result": None},
        {"status": "Ready", "result": []},
        {"status": "Ready", "result": LINK},
        {"status": "Ready", "result": {}},
        {"status": "Ready", "result": {"sample": None}},
        {"status": "Ready", "result": {"sample": ""}},
        {"status": "Ready", "result": {"sample": [LINK]}},
        {"status": "Ready", "result": {"sample": "x" * 8193}},
        {"status": "Ready", "result": {"sample": "https://a/\ud800"}},
        {"status": "Ready", "result": {"sample": "https://a/\n"}},
    ],
    ids=range(11),
)
def test_ready_without_a_usable_link_is_looked_at_again(body: object) -> None:
    assert classify_poll(answer(200, body)) == Pending("ready, but without a link")


@pytest.mark.parametrize(
    "status",
    [
        "Pending",
        "Processing",
        "Reasoning",
        "Generating",
        "Queued",
        "IN_PROGRESS",
        "fertig",
        "",
        "Ready!",
        "就绪",
        "🙂",
    ],
)
def test_an_unfinished_or_unknown_status_means_look_again(status: str) -> None:
    assert isinstance(classify_poll(answer(200, {"status": status})), Pending)
    assert isinstance(classify_poll(answer(200, {"data": {"status": status}})), Pending)


@pytest.mark.parametrize(
    ("seen", "noted"),
    [
        (NoAnswer("ReadTimeout"), Pending("no answer (ReadTimeout)")),
        (answer(200, {"status": "Queued"}), Pending("status 'Queued'")),
        (answer(404, {"status": "Queued"}), Pending("status 'Queued'")),
        (answer(429, {"status": "x" * 41}, retry_after="9"), Pending(f"status '{'x' * 40}'", 9.0)),
        (answer(200, {"status": "https://a/?key=x"}), Pending("status 'of no words'")),
        (answer(502, b"<html>", retry_after="7"), Pending("HTTP 502 without a status", 7.0)),
        (answer(200, {"data": {"status": None}}), Pending("HTTP 200 without a status")),
    ],
    ids=range(7),
)
def test_the_note_of_an_unfinished_task_names_its_status(seen: Answer | NoAnswer, noted: Pending) -> None:
    assert classify_poll(seen) == noted


def test_a_status_from_outside_is_noted_short_and_printable() -> None:
    found = classify_poll(answer(200, {"status": "\n\ud800" + "x" * 9999}))

    assert isinstance(found, Pending)
    assert found.note.isprintable()
    assert len(found.note) < 100


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        (answer(429, {}, retry_after="7"), 7.0),
        (answer(429, {"status": "Pending"}, retry_after="9"), 9.0),
        (answer(200, {"status": "Pending"}, retry_after="5"), 5.0),
        (answer(500, b""), None),
        (answer(502, b"<html>"), None),
        (answer(503, {"error": {"code": "busy"}}), None),
        (answer(301, b""), None),
        (answer(200, b"<html>"), None),
        (answer(200, b"not json"), None),
        (answer(200, []), None),
        (answer(200, None), None),
        (answer(200, {"status": None}), None),
        (answer(200, {"status": 5}), None),
        (answer(200, {"status": ["Ready"], "data": {"status": None}}), None),
        (answer(200, {"data": [{"status": "Ready"}]}), None),
        (answer(200, b"[" * 100_000), None),
        (answer(410, b""), None),
        (NoAnswer("ReadTimeout"), None),
        (NoAnswer("ConnectError", started=False), None),
    ],
    ids=range(19),
)
def test_a_task_with_an_unknown_answer_is_polled_again(seen: Answer | NoAnswer, hint: float | None) -> None:
    found = classify_poll(seen)

    assert isinstance(found, Pending)
    assert found.hint_seconds == hint


@pytest.mark.parametrize(
    "seen",
    [
        answer(200, {"status": "Task not found"}),
        answer(404, {"status": "Task not found"}),
        answer(404, b""),
        answer(404, {"detail": "Not Found"}),
        answer(200, {"data": {"status": "TASK NOT FOUND"}}),
    ],
    ids=range(5),
)
def test_an_unknown_task_is_missing(seen: Answer) -> None:
    assert classify_poll(seen) == Missing()


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The upstream refused the key (HTTP {status})."),
        (b"<html>", "The upstream refused the key (HTTP {status})."),
        (b'{"error": {"message": "no such key"}}', "no such key"),
    ],
)
def test_a_refused_key_stops_the_looking(status: int, body: bytes, message: str) -> None:
    assert classify_poll(answer(status, body)) == Stopped(message.format(status=status))


@pytest.mark.parametrize(
    ("status", "details", "message"),
    [
        ("Request Moderated", None, "The upstream's moderation stopped the prompt or picture."),
        ("Content Moderated", {}, "The upstream's moderation stopped the edited picture."),
        (
            "request moderated",
            {"Moderation Reasons": ["a", "b"]},
            "The upstream's moderation stopped the prompt or picture (a, b).",
        ),
        (
            "Content Moderated",
            {"Moderation Reasons": [None, 5, "a\nb", "ok", ["x"]]},
            "The upstream's moderation stopped the edited picture (ok).",
        ),
        ("Content Moderated", {"Moderation Reasons": "a"}, "The upstream's moderation stopped the edited picture."),
        ("Content Moderated", ["a"], "The upstream's moderation stopped the edited picture."),
    ],
    ids=range(6),
)
def test_moderation_is_a_failure_of_its_own_with_its_reasons(status: str, details: object, message: str) -> None:
    assert classify_poll(answer(200, {"status": status, "details": details})) == Failed("moderated", message)


def test_a_flood_of_moderation_reasons_stays_a_sentence() -> None:
    found = classify_poll(
        answer(200, {"status": "Content Moderated", "details": {"Moderation Reasons": ["x" * 999] * 99}})
    )

    reasons = ", ".join(["x" * 100] * 10)
    assert found == Failed("moderated", f"The upstream's moderation stopped the edited picture ({reasons}).")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"status": "Error"}, "The upstream failed to make the edit."),
        ({"status": "Failed", "result": None}, "The upstream failed to make the edit."),
        ({"status": "FAILURE", "fail_reason": "no gpu"}, "The upstream failed to make the edit: no gpu"),
        ({"status": "error", "fail_reason": "forged\nline"}, "The upstream failed to make the edit."),
        ({"status": "error", "fail_reason": ""}, "The upstream failed to make the edit."),
        ({"status": "error", "fail_reason": {"a": 1}}, "The upstream failed to make the edit."),
    ],
    ids=range(6),
)
def test_a_failed_task_is_recognised_in_a_503_too(task: dict[str, object], message: str) -> None:
    for seen in (answer(200, task), answer(503, task), answer(503, {"code": "fail", "data": task})):
        assert classify_poll(seen) == Failed("upstream_failed", message)


def test_a_long_reason_is_cut() -> None:
    found = classify_poll(answer(200, {"status": "Error", "fail_reason": "x" * 9999}))

    assert found == Failed("upstream_failed", f"The upstream failed to make the edit: {'x' * 200}")


_STATUSES = ["Ready", "Pending", "Error", "Failed", "Task not found", "Request Moderated", "SUCCESS", "odd", ""]
_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([LINK, 10**400])
)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_tasks = st.dictionaries(
    st.sampled_from(["status", "result", "data", "details", "fail_reason", "progress", "error", "detail", "id"]),
    _values
    | st.sampled_from(_STATUSES)
    | st.dictionaries(
        st.sampled_from(["status", "sample", "seed", "duration", "Moderation Reasons", "data", "message"]),
        _values | st.sampled_from(_STATUSES),
    ),
    max_size=6,
)
_bodies = (
    _tasks.map(lambda task: json.dumps(task).encode())
    | _values.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
)


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from([200, 200, 200, 201, 301, 400, 401, 403, 404, 410, 429, 500, 502, 503, 524]),
    _bodies,
    st.text(max_size=6),
)
def test_no_body_makes_it_fail_and_every_word_it_passes_on_is_printable(
    status: int, body: bytes, header: str
) -> None:
    found = classify_poll(Answer(status, body, {"retry-after": header}))

    assert isinstance(found, PollOutcome)
    match found:
        case Pending(note, hint):
            assert note.isprintable()
            assert hint is None or 0 <= hint <= 3600
        case Ready(sample, seed, duration):
            assert sample.isprintable()
            assert seed is None or abs(seed) <= 2**53
            assert duration is None or 0 <= duration <= 86_400
        case Failed(_, message) | Stopped(message):
            assert message.isprintable()
        case Missing():
            assert b"not found" in body.lower() or status == 404
