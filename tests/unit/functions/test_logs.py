"""What the functions print: one JSON object on each line, and never a key, a link or a prompt."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from botocore.exceptions import ClientError

from depthdrop import aws
from tests.support.aws import Stack
from tests.support.scripted import KEY, PICTURE, Scripted, image, refused, status
from tests.unit.functions.lambdas import Context, call, load, message, poll_within_reach, sample, whole_edit

PROMPT = "a watercolour of my grandmother's garden"
SECRETS = (KEY, "delivery.example", "s3cr3t", PROMPT, "X-Amz-", "response-content-disposition")
FORGED = '\n{"level": "FORGED"}'
HOSTILE = f"a\u2028b\x85c{FORGED}\r/photo\u2029"

Printed = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Every line that was printed, however a reader of logs may break lines."""

    def lines() -> list[dict[str, Any]]:
        caught = capsys.readouterr()
        assert caught.err == ""
        assert not any(secret in caught.out for secret in SECRETS)
        return [json.loads(line) for line in caught.out.splitlines()]

    return lines


@pytest.mark.parametrize(
    ("sidecar", "warned"), [(b'{"prompt": "p"}', 1), (b'{"prompt": "p", "model": "flux-2-pro"}', 0)]
)
def test_submit_warns_of_a_model_past_its_sunset_and_names_its_successor(
    stack: Stack, printed: Printed, sidecar: bytes, warned: int
) -> None:
    stack.put("photo.json", sidecar)
    stack.put("photo.jpg", PICTURE)
    call(stack, "submit", message("photo.jpg"))

    said = [line["warning"] for line in printed() if line.get("level") == "WARNING"]
    assert len(said) == warned
    assert all("its successor is flux-kontext-pro" in warning for warning in said)


def test_a_whole_edit_prints_json_lines_without_secrets(stack: Stack, printed: Printed) -> None:
    stack.drop("photo", PROMPT)
    whole_edit(stack, "photo.jpg")
    lines = printed()

    services = {line["service"] for line in lines if "level" in line}
    assert {"submit", "finalize", "sweep"} <= services
    assert {line["edit_id"] for line in lines if line.get("message") == "notified"} == {stack.edit()["edit_id"]}
    posted = [(line["outcome"], line["task_id"]) for line in lines if line.get("message") == "posted"]
    assert posted == [("Accepted", "task-1")]


def test_an_edit_with_a_download_link_prints_no_link(stack: Stack, printed: Printed) -> None:
    stack.names["DownloadLinkHours"] = "6"
    stack.drop("photo", PROMPT)
    whole_edit(stack, "photo.jpg")
    [event] = stack.events()

    assert "X-Amz-Signature" in event["data"]["download"]["url"]
    assert [line["event_id"] for line in printed() if line.get("message") == "notified"] == [event["id"]]


def test_a_topic_that_takes_no_event_has_no_link_printed(stack: Stack, printed: Printed) -> None:
    stack.names["DownloadLinkHours"] = "6"
    stack.drop("photo", PROMPT)
    trouble = ClientError({"Error": {"Code": "InternalError", "Message": "no"}}, "Publish")
    with patch.object(aws.sns(), "publish", side_effect=trouble) as publish:
        with pytest.raises(ClientError) as raised:
            whole_edit(stack, "photo.jpg")
        record = stack.edit()
        stack.table.update(record["pk"], {"look_at": 1}, "attribute_exists(pk)")
        call(stack, "sweep", sample("sweep"))

    assert all("X-Amz-Signature" in published.kwargs["Message"] for published in publish.call_args_list)
    assert len(publish.call_args_list) == 2
    assert "X-Amz-" not in str(raised.value)
    assert [line["message"] for line in printed() if line.get("level") == "ERROR"] == [
        "this edit could not be settled"
    ]


SIGNED = "https://delivery.example/results/sample.jpeg?sig=s3cr3t"
TROUBLE: list[tuple[str, Scripted]] = [
    ("post", refused(402, f"balance of {PROMPT}{FORGED}")),
    ("post", refused(400, f"{PROMPT} is not allowed \u2028{FORGED}")),
    ("post", httpx.ReadTimeout(f"Bearer {KEY}")),
    ("post", httpx.Response(200, html=f"<html>{PROMPT}{FORGED}</html>")),
    ("poll", httpx.Response(200, json={"status": "Error", "fail_reason": PROMPT})),
    ("post", refused(402, f"bad key {KEY}")),
    ("post", refused(400, f"see {SIGNED}, Authorization: Bearer {KEY}")),
    ("post", httpx.Response(202, json={"id": f"task-{KEY}", "polling_url": SIGNED})),
    ("post", httpx.ReadTimeout(f"{SIGNED} {KEY}")),
    ("poll", httpx.Response(200, json={"status": SIGNED, "fail_reason": KEY})),
    ("poll", httpx.Response(200, json={"status": f"Pending {KEY}"})),
    ("poll", httpx.Response(200, json={"status": "Error", "fail_reason": f"{KEY} {SIGNED}"})),
    ("poll", httpx.ReadError(f"{SIGNED} {KEY}")),
    (
        "poll",
        httpx.Response(200, json={"status": "Ready", "result": {"sample": f"http://10.0.0.1/{KEY}?sig=s3cr3t"}}),
    ),
    ("download", httpx.ConnectError(f"{SIGNED} {KEY}")),
    ("download", httpx.Response(302, headers={"location": SIGNED})),
    ("download", image(f"<Error>{PROMPT}</Error>".encode(), 403)),
    ("download", httpx.ConnectError("https://delivery.example/results/sample.jpeg?sig=s3cr3t")),
]


@pytest.mark.parametrize(("where", "answer"), TROUBLE)
def test_errors_print_json_lines_without_secrets(
    stack: Stack, printed: Printed, where: str, answer: Scripted
) -> None:
    upstream = stack.upstream
    queues = {"post": upstream.post_answers, "poll": upstream.poll_answers, "download": upstream.download_answers}
    queues[where].append(answer)
    poll_within_reach(stack)
    stack.drop("photo", PROMPT)
    whole_edit(stack, "photo.jpg")

    assert all(line.get("level") != "FORGED" for line in printed())


@pytest.mark.parametrize("said", [SIGNED, f"Pending {KEY}"])
def test_a_status_that_holds_a_link_or_the_key_is_not_noted(stack: Stack, printed: Printed, said: str) -> None:
    stack.upstream.poll_answers.append(status(said))
    event = {**sample("poll"), "submitted_at": 99_999_999_990, "deadline_at": 99_999_999_999}
    load(stack, "poll").handler(event, Context("poll", seconds=3.05))

    [line] = printed()
    assert (line["message"], line["status"], "status" in line["note"]) == ("looked", "pending", True)


@pytest.mark.parametrize("picture", [PICTURE, b"no picture"])
def test_a_hostile_key_forges_no_line(stack: Stack, printed: Printed, picture: bytes) -> None:
    stack.put(f"{HOSTILE}.txt", PROMPT.encode())
    stack.put(f"{HOSTILE}.jpg", picture)
    whole_edit(stack, f"{HOSTILE}.jpg")

    assert all(line.get("level") != "FORGED" for line in printed())
    assert len(stack.events()) == 1


def test_what_is_logged_of_a_key_stays_on_its_line(stack: Stack, printed: Printed) -> None:
    load(stack, "submit").logger.info(f"read {HOSTILE}", extra={"key": HOSTILE})
    [line] = printed()

    assert (line["message"], line["key"]) == (f"read {HOSTILE}", HOSTILE)
