"""Every body gives a message or raises a WebhookError, and never another exception."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import depthdrop_webhook as webhook
from tests.unit.webhook.delivery import NOW, TOPIC, Delivery, Kind, message, outcome

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<xml/>",
    "a list": b"[]",
    "a text": b'"Notification"',
    "nothing in it": b"{}",
    "not UTF-8": b'{"Type": "\xff"}',
    "a lone surrogate in a name": rb'{"\ud800": 1}',
    "very deep": b'{"a":' * 50_000,
    "very deep lists": b"[" * 200_000,
    "a very long number": b'{"a": ' + b"9" * 5000 + b"}",
    "another type": json.dumps({"Type": "Publish"}).encode(),
    "a type that is a list": json.dumps({"Type": ["Notification"]}).encode(),
    "the event itself": json.dumps({"specversion": "1.0", "id": "x", "type": "y"}).encode(),
}
FIELDS: dict[str, Any] = {
    "MessageId": ["", "x", "22B80B92-FDEA-4C2C-8F9D-BDFB0C7BF324", "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\n", 7],
    "Timestamp": [
        "",
        "2026-05-01",
        "2026-02-30T00:00:00.000Z",
        "2026-05-01T11:59:59.123+00:00",
        "٢026-05-01T11:59:59.123Z",
    ],
    "TopicArn": ["", f"{TOPIC}\n", None],
    "Signature": ["", "=", "====", "A", "AA==", "ä" * 400, "A" * 5000, None],
    "SignatureVersion": ["", "0", "2 ", "²", 1],
    "SigningCertURL": ["", "https://", "https://[", "//", "https://sns.us-east-1.amazonaws.com", None],
    "Subject": ["a\nb", "x" * 300, "\ud800", None],
    "Message": ["\ud800", None, {}],
    "Token": ["", "a b", "x" * 2000, None],
    "SubscribeURL": ["", "https://sns.us-east-1.amazonaws.com/?", "https://sns.us-east-1.amazonaws.com/?a", "ä"],
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_a_message_is_malformed(body: bytes) -> None:
    delivery = Delivery(body=body)

    assert outcome(delivery) == "malformed"
    assert delivery.asked == []


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (kind, name, value)
        for name, values in FIELDS.items()
        for value in values
        for kind in (["SubscriptionConfirmation"] if name in {"Token", "SubscribeURL"} else ["Notification"])
    ],
)
def test_a_field_in_a_wrong_format_is_refused_without_a_download(kind: Kind, name: str, value: object) -> None:
    delivery = Delivery.genuine(kind)
    delivery.fields[name] = value

    assert outcome(delivery) in {"malformed", "wrong_topic", "untrusted_certificate", "bad_signature"}
    assert delivery.asked == [] or name == "Signature"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"Type": "\xff"}', "The body is not an SNS message: it is not UTF-8."),
        (b"<xml/>", "The body is not an SNS message: it is not JSON."),
        (b"[]", "The body is not an SNS message: it is not a JSON object."),
        (b'{"a": 1, "a": 2}', "The body is not an SNS message: it has a repeated name."),
        (b"[" * 200_000, "The body is not an SNS message: it is nested too deeply."),
        (json.dumps(message() | {"Message": "\ud800"}).encode(), "The field Signature is missing"),
        (
            json.dumps(message() | {"Message": "\ud800", "Signature": "AA=="}).encode(),
            "A field has an unpaired surrogate",
        ),
        (
            json.dumps(message() | {"Timestamp": "2026-02-30T00:00:00.000Z", "Signature": "AA=="}).encode(),
            "The field Timestamp is not an existing date and time.",
        ),
    ],
)
def test_the_refusal_of_a_body_names_its_error(body: bytes, sentence: str) -> None:
    with pytest.raises(webhook.MalformedError) as error:
        Delivery().verifier().verify(body)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_missing_field_is_refused(kind: Kind) -> None:
    wanted = set(message(kind)) | {"Signature"}
    missing = {}
    for name in wanted - {"Subject"}:
        delivery = Delivery.genuine(kind)
        del delivery.fields[name]
        missing[name] = outcome(delivery)

    assert set(missing.values()) == {"malformed"}


@cache
def _genuine() -> Delivery:
    return Delivery.genuine("SubscriptionConfirmation")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(sorted({*FIELDS, "Type"} - {"Subject"})), _JSON, min_size=1))
def test_any_values_in_the_fields_raise_only_a_webhook_error(values: dict[str, object]) -> None:
    genuine = _genuine()
    body = json.dumps(genuine.fields | values).encode()
    verifier = webhook.Verifier(TOPIC, fetch=genuine.fetch, clock=lambda: NOW)

    with pytest.raises(webhook.RefusedError):
        verifier.verify(body)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_raise_only_a_webhook_error(body: bytes) -> None:
    with pytest.raises(webhook.MalformedError):
        webhook.Verifier(TOPIC, fetch=_genuine().fetch, clock=lambda: NOW).verify(body)
