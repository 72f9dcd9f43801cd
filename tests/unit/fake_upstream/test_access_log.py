"""One line for each request, without secrets."""

import json
import logging

import pytest

from tests.unit.fake_upstream.talk import KEY, Talk


def test_each_request_writes_one_line_without_key_prompt_or_link(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "local.fake_upstream.access"):
        link = talk.sample(talk.task("a secret garden"))
        talk.get(link)
        talk.post("a secret garden [[fault post.503]]")

    lines = [json.loads(record.message) for record in caplog.records if record.name.startswith("local.")]
    assert [(line["side"], line["method"], line["status"]) for line in lines] == [
        ("api", "POST", 200),
        ("api", "GET", 200),
        ("delivery", "GET", 200),
        ("api", "POST", 503),
    ]
    assert lines[2]["path"] == "/…/sample.jpeg"
    assert lines[3]["fault"] == "post.503"
    assert lines[0]["task"] == lines[1]["task"] == lines[2]["task"]
    written = json.dumps(lines)
    for secret in (KEY, "secret garden", link.rsplit("/", 2)[1]):
        assert secret not in written
