"""Reading the answer of the upstream: capped, on time, as the bytes that were sent, and without the key."""

import json
import logging

import httpx
import pytest

from depthdrop.upstream.answer import Answer, NoAnswer
from depthdrop.upstream.client import Upstream
from tests.support.scripted import BASE_URL, KEY, ScriptedUpstream
from tests.unit.upstream.exchanges import BODY_CHUNKS, REQUEST, Drip, Ticks, ask_for


@pytest.mark.parametrize("ask", ["post", "poll"])
def test_an_answer_is_read_up_to_its_cap(upstream: ScriptedUpstream, ask: str) -> None:
    answers = upstream.post_answers if ask == "post" else upstream.poll_answers
    endless = Drip(100_000, 64 * 1024)
    answers.extend([httpx.Response(200, content=b" " * 256 * 1024), httpx.Response(200, stream=endless)])
    client = Upstream(BASE_URL)

    assert isinstance(ask_for(client, ask), Answer)
    assert ask_for(client, ask) == NoAnswer("AnswerTooLong")
    assert endless.given == 5


@pytest.mark.parametrize(("ask", "chunks"), [("post", 30 - BODY_CHUNKS), ("poll", 8)])
def test_an_answer_that_drips_is_given_up_at_the_end_of_its_time(
    upstream: ScriptedUpstream, ask: str, chunks: int
) -> None:
    drip = Drip(10_000)
    answers = upstream.post_answers if ask == "post" else upstream.poll_answers
    answers.append(httpx.Response(200, stream=drip))

    assert ask_for(Upstream(BASE_URL, monotonic=Ticks(1.0)), ask) == NoAnswer("AnswerTooSlow")
    assert drip.given == chunks + 1


@pytest.mark.parametrize("encoding", ["gzip", "BR", "zstd", "identity, gzip", "aws-chunked, deflate", "made up"])
@pytest.mark.parametrize("ask", ["post", "poll"])
def test_of_an_encoded_answer_only_the_status_counts(upstream: ScriptedUpstream, ask: str, encoding: str) -> None:
    body = httpx.ByteStream(b'{"id": "task-1"}')
    answers = upstream.post_answers if ask == "post" else upstream.poll_answers
    answers.append(httpx.Response(200, stream=body, headers={"content-encoding": encoding}))

    assert ask_for(Upstream(BASE_URL), ask) == Answer(200, b"")
    assert (upstream.posts + upstream.polls)[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["", "identity", "aws-chunked", " Identity ,AWS-Chunked"])
def test_a_header_that_names_no_encoding_changes_nothing(upstream: ScriptedUpstream, encoding: str) -> None:
    body = httpx.ByteStream(b'{"id": "task-1"}')
    upstream.post_answers.append(httpx.Response(200, stream=body, headers={"content-encoding": encoding}))

    assert ask_for(Upstream(BASE_URL), "post") == Answer(200, b'{"id": "task-1"}')


@pytest.mark.parametrize("ask", ["post", "poll"])
@pytest.mark.parametrize(
    "written",
    [
        r"sk\/a&b+\u0063",
        r"sk/a\u0026b+c",
        r"\u0073\u006b\u002Fa\u0026b\u002bc",
        "sk%2Fa%26b%2Bc",
        r"sk\u0025\u0032Fa%26b%2Bc",
        "sk/a&b+c",
    ],
)
def test_a_key_in_an_answer_is_removed_however_it_is_written(
    upstream: ScriptedUpstream, ask: str, written: str
) -> None:
    answers = upstream.post_answers if ask == "post" else upstream.poll_answers
    text = f'{{"error": {{"message": "no: {written} \\ud800", "x": ["{written}"]}}}}'
    answers.append(httpx.Response(403, stream=httpx.ByteStream(text.encode())))
    client = Upstream(BASE_URL)

    found = client.post(REQUEST, "sk/a&b+c", 30) if ask == "post" else client.get_result("t", None, "sk/a&b+c", 30)

    assert isinstance(found, Answer)
    assert json.loads(found.body) == {"error": {"message": "no: [key] \ud800", "x": ["[key]"]}}


def test_links_are_not_logged_by_the_library_whatever_the_root_logger_says(
    upstream: ScriptedUpstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Upstream(BASE_URL).get_result("task-1", f"{BASE_URL}/flux/v1/get_result?id=task-1&sig=s3cr3t", KEY, 30)

    assert len(upstream.polls) == 1
    assert caplog.text == ""
