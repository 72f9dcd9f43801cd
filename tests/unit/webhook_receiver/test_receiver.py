"""The answers to SNS, and how often the work is done."""

import json
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from depthdrop_webhook import CloudEvent, UnavailableError
from receiver.receiver import Answer, Receiver
from receiver.sqlite_inbox import SqliteInbox
from tests.unit.webhook.delivery import CERTIFICATE_URL, EVENT, HOST, TOKEN, TOPIC, Delivery, message
from tests.unit.webhook.forgery import Forgery
from tests.unit.webhook.test_forgeries import FORGERIES


class Worker:
    """Replaces `handle.py`: keeps its events, and raises `error` if it is set."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []
        self.error: Exception | None = None

    def work(self, event: CloudEvent) -> None:
        self.events.append(event)
        if self.error:
            raise self.error


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def receiving(tmp_path: Path, worker: Worker) -> Callable[[Delivery], Receiver]:
    def make(delivery: Delivery) -> Receiver:
        return Receiver(delivery.verifier(), SqliteInbox(tmp_path / "events.sqlite3"), worker.work)

    return make


Receiving = Callable[[Delivery], Receiver]


def answer(receiver: Receiver, delivery: Delivery) -> Answer:
    return receiver.answer(delivery.content(), delivery.headers)


def again(message_id: str) -> Delivery:
    """The same event, published once more."""
    return Delivery(message(message_id=message_id)).signed()


def test_an_event_is_handled_and_sns_is_answered_200(receiving: Receiving, worker: Worker) -> None:
    delivery = Delivery.genuine()

    assert answer(receiving(delivery), delivery) == Answer(200, "handled")
    assert worker.events == [EVENT]


def test_a_repeated_delivery_and_a_repeated_event_are_not_handled_again(
    receiving: Receiving, worker: Worker
) -> None:
    delivery = Delivery.genuine()
    receiver = receiving(delivery)
    answers = [answer(receiver, one) for one in (delivery, delivery, again("00000000-0000-4000-8000-000000000000"))]

    assert answers == [Answer(200, "handled"), Answer(200, "repeated"), Answer(200, "repeated")]
    assert len(worker.events) == 1


def test_a_repeat_is_recognised_after_a_restart(receiving: Receiving, worker: Worker) -> None:
    delivery = Delivery.genuine()
    answers = [answer(receiving(delivery), delivery) for _ in range(2)]

    assert answers == [Answer(200, "handled"), Answer(200, "repeated")]
    assert len(worker.events) == 1


def test_after_an_own_error_the_next_delivery_is_handled(receiving: Receiving, worker: Worker) -> None:
    delivery = Delivery.genuine()
    receiver = receiving(delivery)
    worker.error = RuntimeError("the printer is out of paper")
    first = answer(receiver, delivery)
    worker.error = None

    assert first == Answer(500, "failed")
    assert answer(receiver, delivery) == Answer(200, "handled")
    assert answer(receiver, delivery) == Answer(200, "repeated")


def test_a_file_that_cannot_be_written_is_answered_500(
    receiving: Receiving, worker: Worker, tmp_path: Path
) -> None:
    delivery = Delivery.genuine()
    receiver = receiving(delivery)
    with sqlite3.connect(tmp_path / "events.sqlite3") as database:
        database.execute("DROP TABLE events")
    database.close()

    assert answer(receiver, delivery) == Answer(500, "failed")
    assert worker.events == []


def test_work_that_raises_unavailable_is_answered_503(receiving: Receiving, worker: Worker) -> None:
    delivery = Delivery.genuine()
    worker.error = UnavailableError("Later.")

    assert answer(receiving(delivery), delivery) == Answer(503, "unavailable")


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forgery_is_answered_4xx_and_never_handled(
    receiving: Receiving, worker: Worker, forgery: Forgery, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = forgery.delivery()
    receiver = receiving(delivery)
    for earlier in delivery.earlier:
        answer(receiver, earlier)
    worker.events.clear()
    caplog.clear()
    given = answer(receiver, delivery)

    assert worker.events == []
    if given != Answer(200, "repeated"):
        assert 400 <= given.status < 500
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert all(record.getMessage().isprintable() for record in caplog.records)


def test_a_verified_message_that_is_not_an_event_is_refused(receiving: Receiving) -> None:
    delivery = Delivery(message() | {"Message": "Hello world"}).signed()

    assert answer(receiving(delivery), delivery) == Answer(422, "not_an_event")


def test_a_subscription_is_confirmed_once(receiving: Receiving, caplog: pytest.LogCaptureFixture) -> None:
    delivery = Delivery.genuine("SubscriptionConfirmation")
    receiver = receiving(delivery)
    with caplog.at_level(logging.INFO):
        answers = [answer(receiver, delivery) for _ in range(2)]

    assert answers == [Answer(200, "confirmed"), Answer(200, "repeated")]
    assert delivery.asked == [
        CERTIFICATE_URL,
        f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    ]
    assert TOKEN not in caplog.text


def test_the_end_of_a_subscription_is_logged_and_not_undone(receiving: Receiving) -> None:
    delivery = Delivery.genuine("UnsubscribeConfirmation")

    assert answer(receiving(delivery), delivery) == Answer(200, "noted")
    assert delivery.asked == [CERTIFICATE_URL]


def test_each_event_is_stored_once_with_its_content(receiving: Receiving, tmp_path: Path) -> None:
    delivery = Delivery.genuine()
    answer(receiving(delivery), delivery)
    with sqlite3.connect(tmp_path / "events.sqlite3") as database:
        rows = database.execute("SELECT id, type, subject, event FROM events").fetchall()
    database.close()

    assert [(*row[:3], json.loads(row[3])) for row in rows] == [
        (EVENT["id"], EVENT["type"], EVENT["subject"], EVENT)
    ]
