"""Subject and attributes in a form that SNS takes, whatever a picture is called."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.events import Event, EventData, EventType, ObjectRef, Spend, moment
from depthdrop.notices import attributes_of, subject_of


def _event(key: str, kind: EventType = EventType.SUCCEEDED, model: str | None = "flux-pro-1.0-depth") -> Event:
    spend = Spend(state="none", usd=Decimal(0))
    data = EventData(source=ObjectRef(bucket="inbox", key=key), spend=spend, model=model)
    return Event(id="1", source="s", type=kind, subject=key, time=moment(0), data=data)


def _values(event: Event) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in attributes_of(event).items() if "StringValue" in value}


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        ("a/b.jpg", "depthdrop: succeeded: b.jpg"),
        ("a/b c+d%20.jpg", "depthdrop: succeeded: b c+d%20.jpg"),
        ("a/é🙂.jpg", "depthdrop: succeeded: ??.jpg"),
        ("a/b\r\nBcc: x\x1b\x7f.jpg", "depthdrop: succeeded: b??Bcc: x??.jpg"),
        ("a/b\u2028.jpg", "depthdrop: succeeded: b?.jpg"),
        ("folder/", "depthdrop: succeeded: folder/"),
        ("x" * 1020 + ".jpg", "depthdrop: succeeded: " + "x" * 74 + "..."),
        ("x" * 77, "depthdrop: succeeded: " + "x" * 77),
    ],
)
def test_a_subject_is_one_short_ascii_line(key: str, subject: str) -> None:
    assert subject_of(_event(key)) == subject


@pytest.mark.parametrize("kind", EventType)
def test_type_and_status_can_be_filtered_by(kind: EventType) -> None:
    values = _values(_event("a/b.jpg", kind))

    assert values == {"type": kind.value, "status": kind.status, "model": "flux-pro-1.0-depth", "folder": "a"}
    assert subject_of(_event("b.jpg", kind)) == f"depthdrop: {kind.status}: b.jpg"


def test_a_model_that_is_not_known_yet_is_a_dash() -> None:
    assert _values(_event("b.jpg", model=None))["model"] == "-"
    assert _values(_event("b.jpg", model=""))["model"] == "-"


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("b.jpg", "/"),
        ("/b.jpg", "/"),
        ("a/b/c.jpg", "a/b"),
        ("ferien 2026/é🙂/c.jpg", "ferien 2026/é🙂"),
        ("é/b\0c.jpg", "é"),
        ("a\0b/é/c.jpg", "a%00b/%C3%A9"),
        ("a\ufffeb/c.jpg", "a%EF%BF%BEb"),
        ("a\nb c/d.jpg", "a%0Ab c"),
    ],
)
def test_a_folder_is_told_as_it_is_unless_sns_would_refuse_it(key: str, folder: str) -> None:
    assert _values(_event(key))["folder"] == folder


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300), st.sampled_from(EventType))
def test_no_name_makes_a_notice_that_sns_refuses(key: str, kind: EventType) -> None:
    event = _event(key, kind)
    subject = subject_of(event)

    assert subject.isascii()
    assert subject.isprintable()
    assert 0 < len(subject) < 100
    for value in _values(event).values():
        assert value
        assert value.isprintable()


def test_every_attribute_is_a_text() -> None:
    assert {value["DataType"] for value in attributes_of(_event("b.jpg")).values()} == {"String"}
