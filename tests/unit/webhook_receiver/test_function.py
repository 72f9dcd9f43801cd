"""The Lambda function: the same answers, and a table that remembers events."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from depthdrop_webhook import CloudEvent, UnavailableError
from receiver import function
from receiver.dynamodb_inbox import DynamodbInbox
from receiver.receiver import Receiver
from tests.unit.webhook.delivery import EVENT, Delivery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ROOT = Path(__file__).parents[3]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="events",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


class Work:
    def __init__(self) -> None:
        self.done: list[CloudEvent] = []
        self.error: Exception | None = None
        self.during: Any = None

    def __call__(self, event: CloudEvent) -> None:
        if self.during:
            self.during()
        if self.error:
            raise self.error
        self.done.append(event)


@pytest.fixture
def work() -> Work:
    return Work()


def event() -> CloudEvent:
    return json.loads(json.dumps(EVENT))  # type: ignore[no-any-return]


def test_an_event_is_handled_once(table: "DynamoDBClient", work: Work) -> None:
    inbox = DynamodbInbox("events", table)

    assert [inbox.take(event(), work) for _ in range(3)] == [True, False, False]
    assert work.done == [EVENT]


def test_an_event_whose_work_failed_is_handled_again(table: "DynamoDBClient", work: Work) -> None:
    inbox = DynamodbInbox("events", table)
    work.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        inbox.take(event(), work)
    work.error = None

    assert inbox.take(event(), work)


def test_an_event_that_is_being_handled_elsewhere_is_unavailable(table: "DynamoDBClient", work: Work) -> None:
    inbox = DynamodbInbox("events", table)
    other = Work()

    def meanwhile() -> None:
        with pytest.raises(UnavailableError):
            inbox.take(event(), other)

    work.during = meanwhile

    assert inbox.take(event(), work)
    assert other.done == []


def test_an_expired_claim_is_taken_over(table: "DynamoDBClient", work: Work) -> None:
    now = 1000.0
    inbox = DynamodbInbox("events", table, lambda: now)
    work.error = None
    DynamodbInbox("events", table, lambda: now)._claim(event())
    with pytest.raises(UnavailableError):
        inbox.take(event(), work)
    now += 121

    assert inbox.take(event(), work)


def test_an_unreachable_table_is_not_a_repeat(table: "DynamoDBClient", work: Work) -> None:
    inbox = DynamodbInbox("nowhere", table)

    with pytest.raises(table.exceptions.ResourceNotFoundException):
        inbox.take(event(), work)
    assert work.done == []


@pytest.fixture
def called(table: "DynamoDBClient", work: Work, monkeypatch: pytest.MonkeyPatch) -> Any:
    receiver = Receiver(Delivery().verifier(), DynamodbInbox("events", table), work)
    monkeypatch.setattr(function, "_receiver", lambda: receiver)

    def call(body: bytes | None, *, encoded: bool = False, method: str = "POST") -> tuple[int, str]:
        posted: dict[str, Any] = {
            "version": "2.0",
            "requestContext": {"http": {"method": method, "path": "/"}},
            "headers": {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"},
            "isBase64Encoded": encoded,
        }
        if body is not None:
            posted["body"] = base64.b64encode(body).decode() if encoded else body.decode()
        answer = function.handler(posted, None)
        return answer["statusCode"], answer["body"]

    return call


@pytest.mark.parametrize("encoded", [True, False])
def test_a_delivery_to_the_function_url_reaches_the_same_receiver(
    called: Any, work: Work, *, encoded: bool
) -> None:
    assert called(Delivery.genuine().content(), encoded=encoded) == (200, "handled")
    assert called(Delivery.genuine().content(), encoded=encoded) == (200, "repeated")
    assert work.done == [EVENT]


def test_forgeries_and_other_requests_are_refused(called: Any, work: Work) -> None:
    changed = Delivery.genuine()
    changed.fields["Message"] = "{}"

    assert called(changed.content()) == (403, "bad_signature")
    assert called(None) == (400, "malformed")
    assert called(b"", method="GET") == (405, "post")
    assert work.done == []


def test_the_function_imports_neither_the_web_server_nor_the_development_switch() -> None:
    program = "import sys, receiver.function; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{_ROOT}/webhook"},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    unwanted = {"starlette", "uvicorn", "pydantic", "httpx", "receiver.development", "sqlite3"}

    assert unwanted & set(done.stdout.split()) == set()


def test_the_function_reads_its_settings_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, table: object
) -> None:
    del table  # mocks AWS
    monkeypatch.setenv("WEBHOOK_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:depthdrop")
    monkeypatch.setenv("WEBHOOK_EVENTS_TABLE", "events")

    made = function._receiver.__wrapped__()

    assert made.verifier.topic_arn.endswith(":depthdrop")
    assert isinstance(made.inbox, DynamodbInbox)
    assert made.inbox.table == "events"
