"""The shapes of JSON that the upstream has been seen to answer with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.upstream.answer import Answer, error_body, json_object, retry_after_seconds
from tests.support.observed_answers import answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'"id"',
        b"null",
        b"{",
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "html", "list", "text", "null", "cut off", "not utf-8", "deep", "huge number"],
)
def test_a_body_that_is_not_a_json_object_is_no_answer(body: bytes) -> None:
    assert json_object(answer(200, body)) is None


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"error": {"message": "no (request id: 1)", "type": "comet_api_error", "code": "x"}},
            "x",
            "no (request id: 1)",
        ),
        ({"error": {"message": "no", "code": ""}}, "", "no"),
        ({"error": {"message": "no", "code": None}}, "", "no"),
        ({"error": {"message": ["no"], "code": 5}}, "", ""),
        ({"detail": [{"loc": ["body", "steps"], "msg": "too few", "type": "x"}]}, "", "steps: too few"),
        ({"detail": [{"loc": ["body", "a", 0], "msg": "m"}, {"msg": "n"}]}, "", "a.0: m; n"),
        ({"detail": [{"loc": "body", "msg": "m"}, "text", None, {}]}, "", "m"),
        ({"detail": [{"loc": ["body", "a\nb\u2028", {"c": 1}, None], "msg": "m"}]}, "", "a b: m"),
        ({"detail": [{"loc": ["body", *"abcdef"], "msg": "m"}]}, "", "a.b.c.d.e: m"),
        ({"detail": [{"msg": word} for word in "abcdef"]}, "", "a; b; c; d; e"),
        ({"detail": "Not found"}, "", "Not found"),
        ({"code": "fail", "message": "no"}, "fail", "no"),
        ({"error": "text", "message": "no"}, "", "no"),
        ({}, "", ""),
        ([], "", ""),
    ],
    ids=range(15),
)
def test_code_and_message_are_found_in_every_known_shape(body: object, code: str, message: str) -> None:
    assert error_body(answer(400, body)) == (code, message)


def test_text_from_outside_becomes_one_short_printable_line() -> None:
    _, message = error_body(
        answer(400, {"error": {"message": "a\r\nERROR forged\x1b[31m\u2028\ud800" + "x" * 9999}})
    )

    assert message.startswith("a  ERROR forged [31m")
    assert message.isprintable()
    assert len(message) <= 500


def test_many_details_become_one_short_line() -> None:
    _, message = error_body(answer(422, {"detail": [{"loc": ["body", "y" * 900] * 9, "msg": "x" * 900}] * 50}))

    assert len(message) == 500


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("3601", 3600.0),
        ("1e99", 3600.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_whole_sense_or_nothing(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(answer(429, {}, retry_after=header)) == seconds
    assert retry_after_seconds(answer(429, {})) is None


@given(st.binary(max_size=200), st.text(max_size=20))
def test_no_answer_makes_reading_it_fail(body: bytes, header: str) -> None:
    seen = Answer(500, body, {"retry-after": header})

    assert error_body(seen)[1].isprintable()
    assert (retry_after_seconds(seen) or 0) >= 0
