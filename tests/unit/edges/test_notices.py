"""Events reach their subscribers in a form that SNS takes."""

import json
from decimal import Decimal

import pytest

from depthdrop import aws
from depthdrop.events import Event, EventData, EventType, ObjectRef, Spend, moment
from depthdrop.notices import Notices, attributes_of, subject_of
from tests.unit.aws import Stack
from tests.unit.scripted import NOW


def event(
    key: str = "summer/photo.jpg", kind: EventType = EventType.SUCCEEDED, model: str | None = "flux"
) -> Event:
    data = EventData(
        source=ObjectRef(bucket="inbox", key=key), spend=Spend(state="none", usd=Decimal("0.06")), model=model
    )
    return Event(id="i", source="depthdrop/test", type=kind, subject=key, time=moment(NOW), data=data)


def test_an_event_arrives_as_cloudevents_json_with_subject_and_attributes(stack: Stack) -> None:
    Notices(stack.names["Notifications"], aws.sns()).publish(event())
    [envelope] = stack.envelopes()

    assert envelope["Subject"] == "depthdrop: succeeded: photo.jpg"
    assert {name: value["Value"] for name, value in envelope["MessageAttributes"].items()} == {
        "type": "depthdrop.edit.succeeded.v1",
        "status": "succeeded",
        "model": "flux",
        "folder": "summer",
    }
    message = json.loads(envelope["Message"])
    assert (message["specversion"], message["id"], message["subject"]) == ("1.0", "i", "summer/photo.jpg")
    assert message["data"]["spend"] == {"state": "none", "usd": 0.06}


@pytest.mark.parametrize(
    "key",
    ["a\nb.jpg", "a\u2028b.jpg", "Fotoß 🎨.jpg", "x" * 900 + ".jpg", "a\x7fb.jpg", "\x00.jpg", "folder/"],
)
def test_a_subject_is_one_short_line_of_printable_ascii(key: str) -> None:
    subject = subject_of(event(key))

    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) < 100
    assert subject.startswith("depthdrop: succeeded: ")


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("photo.jpg", "/"),
        ("a/b/photo.jpg", "a/b"),
        ("/photo.jpg", "/"),
        ("für Jürgen/photo.jpg", "für Jürgen"),
        ("a\x01 b/photo.jpg", "a%01 b"),
        ("a\u2028b/photo.jpg", "a%E2%80%A8b"),
    ],
)
def test_a_folder_can_be_filtered_for_and_is_never_empty(key: str, folder: str) -> None:
    assert attributes_of(event(key))["folder"] == {"DataType": "String", "StringValue": folder}


@pytest.mark.parametrize("kind", EventType)
def test_no_attribute_is_ever_empty(kind: EventType) -> None:
    values = [attribute["StringValue"] for attribute in attributes_of(event("p.jpg", kind, model=None)).values()]

    assert all(values)
    assert kind.status in values


def test_trouble_with_sns_is_raised(stack: Stack) -> None:
    with pytest.raises(aws.sns().exceptions.NotFoundException):
        Notices(stack.names["Notifications"] + "-gone", aws.sns()).publish(event())
