"""Genuine deliveries are accepted once each, and return only signed fields."""

import json
import traceback
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import get_type_hints

import pytest

from depthdrop_webhook import (
    DownloadError,
    Message,
    NotAnEventError,
    Notification,
    RawNotification,
    RepeatedError,
    SubscriptionConfirmation,
    UnavailableError,
    UnsubscribeConfirmation,
    UntrustedCertificateError,
    Verifier,
    WebhookError,
)
from signer.app import Version
from tests.unit.webhook.delivery import (
    CERTIFICATE_URL,
    EVENT,
    HOST,
    NOW,
    TOKEN,
    TOPIC,
    VALID,
    Delivery,
    Kind,
    amazon,
    message,
    outcome,
)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("Notification", Notification),
        ("SubscriptionConfirmation", SubscriptionConfirmation),
        ("UnsubscribeConfirmation", UnsubscribeConfirmation),
    ],
)
def test_each_kind_is_accepted_with_either_signature(kind: Kind, type_: type[Message], version: Version) -> None:
    delivery = Delivery(message(kind) | {"SignatureVersion": version}).signed()

    taken = delivery.verifier().verify(delivery.content())

    assert isinstance(taken, type_)
    assert not isinstance(taken, RawNotification)
    assert (taken.topic_arn, taken.message_id) == (TOPIC, delivery.fields["MessageId"])
    assert taken.timestamp == datetime(2026, 5, 1, 11, 59, 59, 123000, UTC)
    assert delivery.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize("text", ["", "line\nby line", "größe 🎨", 'quote " and \\', "\x00"])
def test_any_text_is_returned_as_it_was_sent(text: str) -> None:
    delivery = Delivery(message() | {"Message": text}).signed()

    assert delivery.verifier().verify(delivery.content()).message == text


def test_a_message_without_a_subject_is_accepted() -> None:
    delivery = Delivery()
    del delivery.fields["Subject"]

    assert delivery.signed().verifier().verify(delivery.content()).subject is None


def test_attributes_are_left_out_because_they_are_not_signed() -> None:
    delivery = Delivery.genuine()
    delivery.fields["MessageAttributes"] = {"status": {"Type": "String", "Value": "made-up"}}
    taken = delivery.verifier().verify(delivery.content())

    assert set(get_type_hints(type(taken))) == {"message_id", "topic_arn", "timestamp", "message", "subject"}
    assert "made-up" not in repr(taken)


def test_the_event_is_plain_data() -> None:
    delivery = Delivery.genuine()

    assert delivery.verifier().verify(delivery.content()).event() == EVENT


@pytest.mark.parametrize(
    "text",
    [
        "Hello world",
        "[]",
        '{"specversion": "1.0"}',
        json.dumps(EVENT | {"specversion": "0.3"}),
        json.dumps(EVENT | {"id": ""}),
        json.dumps(EVENT | {"id": 5}),
        json.dumps(EVENT | {"type": None}),
        json.dumps(EVENT | {"subject": []}),
        json.dumps(EVENT | {"data": "text"}),
        json.dumps(EVENT)[:-1] + ', "id": "another"}',
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_a_message_that_is_not_an_event_is_refused(text: str) -> None:
    delivery = Delivery(message() | {"Message": text}).signed()
    taken = delivery.verifier().verify(delivery.content())

    with pytest.raises(NotAnEventError, match=r"^The message is not a.*\.$"):
        taken.event()


def test_names_that_later_versions_add_to_an_event_are_kept() -> None:
    grown = EVENT | {"newer": 1, "data": {"spend": {"state": "none"}, "newer": True}}
    delivery = Delivery(message() | {"Message": json.dumps(grown)}).signed()

    assert delivery.verifier().verify(delivery.content()).event() == grown


@pytest.mark.parametrize("age", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=65)])
def test_a_retry_an_hour_later_and_a_slow_clock_are_inside_the_window(age: timedelta) -> None:
    delivery = Delivery.genuine()
    delivery.now = datetime(2026, 5, 1, 11, 59, 59, 123000, UTC) + age

    assert outcome(delivery) == "accepted"


def test_a_failed_delivery_is_accepted_again_and_a_handled_one_is_not() -> None:
    delivery = Delivery.genuine()
    verifier = delivery.verifier()

    with pytest.raises(ZeroDivisionError), verifier.receive(delivery.content()):
        raise ZeroDivisionError
    with verifier.receive(delivery.content()) as again:
        pass
    with pytest.raises(RepeatedError), verifier.receive(delivery.content()):
        pass

    assert again.message_id == delivery.fields["MessageId"]


def test_a_second_delivery_waits_for_the_first() -> None:
    delivery = Delivery.genuine()
    verifier = delivery.verifier()

    with (
        verifier.receive(delivery.content()),
        pytest.raises(UnavailableError, match="being handled"),
        verifier.receive(delivery.content()),
    ):
        pass


def test_a_repeat_is_noticed_even_if_its_timestamp_is_ahead_of_the_clock() -> None:
    delivery = Delivery.genuine()
    delivery.now = NOW - timedelta(minutes=5)
    verifier = delivery.verifier()
    with verifier.receive(delivery.content()):
        pass

    delivery.now = NOW + timedelta(minutes=64, seconds=59)
    with pytest.raises(RepeatedError), verifier.receive(delivery.content()):
        pass


def test_a_subscription_is_confirmed_at_the_topics_host_and_nowhere_else() -> None:
    delivery = Delivery.genuine("SubscriptionConfirmation")
    verifier = delivery.verifier()
    verifier.confirm(verifier.verify(delivery.content()))

    assert delivery.asked == [
        CERTIFICATE_URL,
        f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    ]


@pytest.mark.parametrize("kind", ["Notification", "UnsubscribeConfirmation"])
def test_nothing_else_can_be_confirmed(kind: Kind) -> None:
    delivery = Delivery.genuine(kind)
    verifier = delivery.verifier()
    taken = verifier.verify(delivery.content())

    with pytest.raises(TypeError):
        verifier.confirm(taken)
    assert delivery.asked == [CERTIFICATE_URL]


def test_a_confirmation_that_fails_may_be_tried_again_and_shows_no_token() -> None:
    delivery = Delivery.genuine("SubscriptionConfirmation")
    taken = delivery.verifier().verify(delivery.content())
    failing = Verifier(TOPIC, fetch=partial(_fail, gone=False), clock=lambda: NOW)

    with pytest.raises(UnavailableError) as failure:
        failing.confirm(taken)
    assert TOKEN not in "".join(traceback.format_exception(failure.value)) + repr(taken)


@pytest.mark.parametrize(("gone", "error"), [(True, UntrustedCertificateError), (False, UnavailableError)])
def test_a_missing_certificate_is_distinguished_from_an_unreachable_one(
    gone: bool,  # noqa: FBT001  # a parameter of pytest's
    error: type[WebhookError],
) -> None:
    delivery = Delivery.genuine()
    verifier = Verifier(TOPIC, fetch=partial(_fail, gone=gone), clock=lambda: NOW)

    with pytest.raises(error):
        verifier.verify(delivery.content())


def _fail(_: str, *, gone: bool) -> bytes:
    raise DownloadError("no answer", gone=gone)


@pytest.mark.parametrize("carried", [True, False])
def test_a_chain_to_a_root_may_use_issuers_of_the_file_or_of_the_roots(
    carried: bool,  # noqa: FBT001  # a parameter of pytest's
) -> None:
    below = amazon().issue([], VALID, "below", authority=True)
    leaf = below.issue(["sns.amazonaws.com"], span=VALID)
    delivery = Delivery(key=leaf.key)
    delivery.certificate = leaf.pem + (below.pem if carried else b"")
    roots = [amazon()] if carried else [amazon(), below]
    delivery.options["roots"] = [one.certificate for one in roots]

    assert outcome(delivery.signed()) == "accepted"


@pytest.mark.parametrize(
    ("region", "arn", "name"),
    [
        ("us-east-1", "aws", "sns.amazonaws.com"),
        ("af-south-1", "aws", "sns-signing.af-south-1.amazonaws.com"),
        ("us-gov-east-1", "aws-us-gov", "sns-us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "sns-cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "aws-eusc", "sns-signing.eusc-de-east-1.amazonaws.eu"),
        ("us-isob-east-1", "aws-iso-b", "sns-us-isob-east-1.sc2s.sgov.gov"),
    ],
)
def test_each_partition_has_its_host_and_its_certificates(region: str, arn: str, name: str) -> None:
    topic = f"arn:{arn}:sns:{region}:123456789012:depthdrop"
    suffix = name[name.index(".", name.index(".")) + 1 :] if "signing" not in name else name.split(".", 2)[2]
    issued = amazon().issue([name], span=VALID)
    url = f"https://sns.{region}.{suffix}/SimpleNotificationService-0a.pem"
    delivery = Delivery(message() | {"TopicArn": topic, "SigningCertURL": url}, issued.key).signed()
    verifier = Verifier(topic, fetch=lambda _: issued.pem, clock=lambda: NOW)

    assert verifier.verify(delivery.content()).message_id == delivery.fields["MessageId"]


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:sqs:us-east-1:123456789012:depthdrop",
        "arn:aws:sns:us-east-1:123456789012",
        "arn:aws:sns:us-east-1:123456789012:depthdrop\n",
        "arn:aws:sns:us-east-1:123456789012:depthdrop:7c9a",
        "arn:evil:sns:us-east-1:123456789012:depthdrop",
        "arn:aws:sns:evil.example/us-east-1:123456789012:depthdrop",
        "arn:aws:sns:*:123456789012:depthdrop",
    ],
)
def test_a_verifier_needs_the_arn_of_a_topic(arn: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a topic"):
        Verifier(arn)
