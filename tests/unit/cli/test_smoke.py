"""smoke: one picture, its event, its result and its manifest, each looked at."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from depthdrop import aws
from depthdrop_cli.stack import notifications
from depthdrop_cli.stack.stacks import OperatorStack
from tests.support.acts import finish
from tests.support.aws import OUTBOX
from tests.support.operator_cloud import Cloud
from tests.support.scripted import PICTURE

PATIENCE = ["--timeout", "3"]


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(notifications, "_WAIT_SECONDS", 0)
    path = tmp_path / "photo.jpg"
    path.write_bytes(PICTURE)
    return str(path)


@pytest.fixture
def meanwhile(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens while the command waits, one step for each look."""

    def happens(*steps: Callable[[], object]) -> None:
        left: Iterator[Callable[[], object]] = iter(steps)

        def pause(_stack: OperatorStack, seconds: float) -> None:
            cloud.stack.clock.sleep(seconds)
            next(left, lambda: None)()

        monkeypatch.setattr(OperatorStack, "pause", pause)

    return happens


def _received(cloud: Cloud, *arguments: str, code: int = 0) -> Any:
    """The command's document; the workers of this process log to the same output, before it."""
    ended = cloud.run("smoke", *arguments, "--json")
    assert ended.exit_code == code, ended.output
    return json.loads(ended.stdout[ended.stdout.index("{\n") :])


def _deliver(cloud: Cloud) -> None:
    s3 = cloud.stack.submit().inbox.s3
    for one in s3.list_objects_v2(Bucket=cloud.stack.names["InboxBucket"])["Contents"]:
        cloud.stack.deliver(one["Key"])


def test_a_working_stack_passes(cloud: Cloud, photo: str, meanwhile: Callable[..., None]) -> None:
    meanwhile(lambda: _deliver(cloud), lambda: finish(cloud.stack))

    shown = _received(cloud, photo, *PATIENCE)

    assert shown["state"] == "succeeded"
    assert shown["event"]["subject"] == shown["key"]
    assert list(shown["checks"].values()) == [True] * 4


def test_the_price_is_said_before_anything_is_uploaded(
    cloud: Cloud, photo: str, meanwhile: Callable[..., None]
) -> None:
    meanwhile()
    ended = cloud.run("smoke", photo, *PATIENCE)

    assert ended.stderr.index("1 to pay for") < ended.stderr.index("uploaded")
    assert "$0.06" in ended.stderr


def test_a_second_smoke_test_is_an_edit_of_its_own(
    cloud: Cloud, photo: str, meanwhile: Callable[..., None]
) -> None:
    for _ in range(2):
        meanwhile(lambda: _deliver(cloud), lambda: finish(cloud.stack))
        assert cloud.run("smoke", photo, *PATIENCE).exit_code == 0
        [name] = [name for name, state in cloud.stack.executions().items() if state == "RUNNING"]
        cloud.stack.close_execution(name)

    assert len(cloud.stack.upstream.posts) == 2


def test_a_failed_edit_fails_the_test(cloud: Cloud, photo: str, meanwhile: Callable[..., None]) -> None:
    meanwhile(lambda: _deliver(cloud), lambda: finish(cloud.stack, "failed"))

    shown = _received(cloud, photo, *PATIENCE, code=3)

    assert shown["state"] == "failed"
    assert list(shown["checks"].items())[-1] == ("Its type is depthdrop.edit.failed.v1.", False)


@pytest.mark.parametrize("what", ["picture", "manifest"])
def test_a_result_that_is_not_there_fails_the_test(
    cloud: Cloud, photo: str, meanwhile: Callable[..., None], what: str
) -> None:
    def lose() -> None:
        finish(cloud.stack)
        for key in cloud.stack.outbox():
            if key.endswith(".json") == (what == "manifest"):
                aws.s3().delete_object(Bucket=OUTBOX, Key=key)

    meanwhile(lambda: _deliver(cloud), lose)

    shown = _received(cloud, photo, *PATIENCE, code=3)

    assert [one for one, holds in shown["checks"].items() if not holds] == [
        one for one in shown["checks"] if what in one
    ][-1:]


def test_a_missing_event_fails_the_test(cloud: Cloud, photo: str, meanwhile: Callable[..., None]) -> None:
    def deafen() -> None:
        for one in aws.sns().list_subscriptions()["Subscriptions"]:
            if "-smoke-" in one["Endpoint"]:
                aws.sns().unsubscribe(SubscriptionArn=one["SubscriptionArn"])

    meanwhile(lambda: _deliver(cloud), deafen, lambda: finish(cloud.stack))

    assert _received(cloud, photo, *PATIENCE, "--timeout", "5", code=3)["checks"] == {
        "The event of this picture arrived.": False
    }


def test_an_edit_that_has_not_ended_is_reported_as_not_finished(
    cloud: Cloud, photo: str, meanwhile: Callable[..., None]
) -> None:
    meanwhile()

    assert cloud.run("smoke", photo, *PATIENCE).exit_code == 5


def test_queue_and_subscription_are_deleted_afterwards(
    cloud: Cloud, photo: str, meanwhile: Callable[..., None]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    meanwhile(interrupt)
    before = len(aws.sns().list_subscriptions()["Subscriptions"])

    assert cloud.run("smoke", photo, *PATIENCE).exit_code == 130
    assert [url for url in aws.sqs().list_queues()["QueueUrls"] if "-smoke-" in url] == []
    assert len(aws.sns().list_subscriptions()["Subscriptions"]) == before


@pytest.mark.parametrize(("content", "code"), [(b"no picture", 3), (None, 1)])
def test_a_picture_that_would_be_refused_is_not_dropped(
    cloud: Cloud, tmp_path: Path, content: bytes | None, code: int
) -> None:
    path = tmp_path / "bad.jpg"
    if content is not None:
        path.write_bytes(content)

    assert cloud.run("smoke", str(path)).exit_code == code
    assert "Contents" not in aws.s3().list_objects_v2(Bucket=cloud.stack.names["InboxBucket"])
