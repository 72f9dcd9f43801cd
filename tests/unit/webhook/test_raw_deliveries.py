"""Raw deliveries, which have no signature: refused, unless the owner accepts them."""

import json

import pytest

from depthdrop_webhook import (
    RawNotification,
    RepeatedError,
    Verifier,
    WebhookError,
)
from tests.unit.webhook.delivery import (
    EVENT,
    NOW,
    TOPIC,
    Delivery,
    outcome,
)


def test_a_raw_delivery_is_accepted_once_if_raw_deliveries_are_allowed() -> None:
    raw = json.dumps(EVENT).encode()
    headers = {"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": TOPIC}
    headers["x-amz-sns-message-id"] = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    verifier = Verifier(TOPIC, accept_raw=True, clock=lambda: NOW)

    with verifier.receive(raw, headers) as taken:
        assert isinstance(taken, RawNotification)
        assert taken.event() == EVENT
    with pytest.raises(RepeatedError), verifier.receive(raw, headers):
        pass


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b"\xff", "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"),
        (b"{}", ""),
        (b"{}", "a\nb"),
        (b" " * 1048577, "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"),
    ],
)
def test_an_invalid_raw_delivery_is_refused(body: bytes, message_id: str) -> None:
    verifier = Verifier(TOPIC, accept_raw=True, clock=lambda: NOW)
    headers = {"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": TOPIC, "x-amz-sns-message-id": message_id}

    with pytest.raises(WebhookError) as refusal:
        verifier.verify(body, headers)
    assert refusal.value.code == "malformed"


def test_accepting_raw_deliveries_does_not_let_forgeries_in() -> None:
    delivery = Delivery.genuine().by_the_forger()
    delivery.options["accept_raw"] = True
    delivery.fields["SigningCertURL"] = "https://evil.example/x.pem"

    assert outcome(delivery) == "untrusted_certificate"
