"""What the inbox queue carries, in both of S3's spellings."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.inbox.message import DropReleased, NotForUs, ObjectCreated, UnreadableMessageError, read_messages

KEYS = [
    "b.jpg",
    "a/b.jpg",
    "a b.jpg",
    "a+b.jpg",
    "a++ +b.jpg",
    "100%.jpg",
    "a%20b.jpg",
    "a%2Bb.jpg",
    "%.jpg",
    "%zz.jpg",
    "é.jpg",
    "e\u0301.jpg",
    "名前/写真.jpg",
    "🙂/🙂.jpg",
    "a&b=c?d#e.jpg",
    'a"b\\c.jpg',
    "a'b;c,d.jpg",
    "../b.jpg",
    "a/../b.jpg",
    "a//b.jpg",
    "/b.jpg",
    "folder/",
    "a\u00a0b.jpg",
    "a\u200bb.jpg",
    "a\nb.jpg",
    "a\tb.jpg",
    "~!@$^*()-_.jpg",
    "a+b%2Bc d%20e.jpg",
    "%E9.jpg",
    "+.jpg",
    "a%.jpg",
    "👩‍👩‍👧/🇨🇭.jpg",
    "\u202etxt.jpg",
    "a\u2028b\u0085.jpg",
    "x" * 1020 + ".jpg",
    "ü" * 510 + ".jpg",
]


def _eventbridge(key: object, **more: object) -> dict[str, object]:
    detail = {"version": "0", "bucket": {"name": "inbox"}, "object": {"key": key, "size": 5}, "reason": "PutObject"}
    return {"version": "0", "source": "aws.s3", "detail-type": "Object Created", "detail": detail, **more}


def _notification(key: object, name: str = "ObjectCreated:Put") -> dict[str, object]:
    return {"eventName": name, "s3": {"bucket": {"name": "inbox"}, "object": {"key": key, "size": 5}}}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_the_same_in_both_forms(key: str) -> None:
    expected = (ObjectCreated("inbox", key),)

    assert read_messages(json.dumps(_eventbridge(key))) == expected
    assert read_messages(json.dumps({"Records": [_notification(quote_plus(key, safe="/"))]})) == expected


def _keys() -> st.SearchStrategy[str]:
    """Any key of up to 1,024 bytes of UTF-8, often with characters that the two encodings treat differently."""
    letters = st.characters(exclude_categories=["Cs"])
    tricky = st.sampled_from(
        ["%", "+", " ", "%2B", "%20", "%25", "/", "//", "..", "é", "e\u0301", "🙂", "\0", "\x7f"]
    )
    return st.lists(letters | tricky, min_size=1).map("".join).filter(lambda key: len(key.encode()) <= 1024)


_SAFE = ["", "/", "/*-._", "!'()*~/"]  # what writers of such keys leave as it is


@given(_keys(), st.sampled_from(_SAFE), st.booleans())
def test_any_key_is_the_same_in_both_forms(key: str, safe: str, plus: bool) -> None:  # noqa: FBT001  # drawn, not passed
    """S3 writes a space as a plus; %20 means the same."""
    encoded = quote_plus(key, safe=safe) if plus else quote(key, safe=safe)
    expected = (ObjectCreated("inbox", key),)

    assert read_messages(json.dumps(_eventbridge(key))) == expected
    assert read_messages(json.dumps(_eventbridge(key), ensure_ascii=False)) == expected
    assert read_messages(json.dumps({"Records": [_notification(encoded)]})) == expected


EXTRA = {"version-id": "v1", "versionId": "v1", "sequencer": "0055AED6", "etag": "e1", "eTag": "e1", "size": 7}


def test_the_other_fields_of_an_event_are_ignored() -> None:
    """Events come late and out of order: only the version that is stored when the key is listed counts."""
    bare = {"bucket": {"name": "inbox"}, "object": {"key": "b.jpg"}}
    full = {
        "version": "0",
        "bucket": {"name": "inbox", "arn": "a"},
        "object": {"key": "b.jpg", **EXTRA},
        "reason": "x",
    }
    eventbridge = [_eventbridge("b.jpg", detail=detail) for detail in (bare, full)]
    records = [{**_notification("b.jpg"), "s3": s3, "awsRegion": "eu-west-1"} for s3 in (bare, full)]

    for form in (*eventbridge, *({"Records": [record]} for record in records)):
        assert read_messages(json.dumps(form)) == (ObjectCreated("inbox", "b.jpg"),)


@pytest.mark.parametrize(
    "name", ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload"]
)
def test_every_way_to_create_an_object_counts(name: str) -> None:
    assert read_messages(json.dumps({"Records": [_notification("b.jpg", name)]})) == (
        ObjectCreated("inbox", "b.jpg"),
    )


@pytest.mark.parametrize(
    "name",
    [
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRestore:Completed",
        "ObjectTagging:Put",
        "ObjectAcl:Put",
        "ReducedRedundancyLostObject",
        "Replication:OperationFailedReplication",
        "LifecycleExpiration:Delete",
        "IntelligentTiering",
        "s3:TestEvent",
    ],
)
def test_notifications_of_other_kinds_are_accepted_and_mean_nothing(name: str) -> None:
    assert read_messages(json.dumps({"Records": [_notification("b.jpg", name)]})) == (NotForUs(name),)


@pytest.mark.parametrize(
    "kind",
    ["Object Deleted", "Object Restore Completed", "Object Tags Added", "Object ACL Updated", "Something New"],
)
def test_events_of_other_kinds_are_accepted_and_mean_nothing(kind: str) -> None:
    event = {"version": "0", "source": "aws.s3", "detail-type": kind, "detail": {"bucket": {"name": "inbox"}}}

    assert read_messages(json.dumps(event)) == (NotForUs(kind),)


def test_a_test_event_in_full_as_s3_sends_it_means_nothing() -> None:
    body = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2026-06-10T08:00:00.000Z",
        "Bucket": "inbox",
        "RequestId": "5582815E1AEA5ADF",
        "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
    }

    assert read_messages(json.dumps(body)) == (NotForUs("s3:TestEvent"),)


def test_one_message_may_hold_several_records() -> None:
    records = [_notification("a.jpg"), _notification("b.jpg", "ObjectRemoved:Delete"), _notification("c.jpg")]

    found = read_messages(json.dumps({"Records": records}))

    assert found == (
        ObjectCreated("inbox", "a.jpg"),
        NotForUs("ObjectRemoved:Delete"),
        ObjectCreated("inbox", "c.jpg"),
    )


def test_a_released_drop_is_known_by_its_id() -> None:
    body = {"source": "depthdrop", "detail-type": "Parked Drop Released", "detail": {"drop_id": "d1"}}

    assert read_messages(json.dumps(body)) == (DropReleased("d1"),)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "inbox"}, "s3:TestEvent"),
        (_eventbridge("b.jpg", **{"detail-type": "Object Deleted"}), "Object Deleted"),
        (_eventbridge("b.jpg", source="aws.ec2"), "Object Created"),
        (_eventbridge("b.jpg", source="depthdrop"), "Object Created"),
        (
            {"source": "aws.s3", "detail-type": "Parked Drop Released", "detail": {"drop_id": "d"}},
            "Parked Drop Released",
        ),
    ],
    ids=["test event", "deleted", "another service", "ours, but no release", "a release from s3"],
)
def test_a_valid_message_that_needs_no_action_is_recognised(body: object, what: str) -> None:
    assert read_messages(json.dumps(body)) == (NotForUs(what),)


def test_a_notification_without_records_asks_for_nothing() -> None:
    assert read_messages('{"Records": []}') == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "null",
        "[]",
        '"text"',
        "5",
        "{}",
        "{",
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        '{"Records": [null]}',
        '{"Records": ["x"]}',
        '{"Records": [{}]}',
        '{"Records": [{"eventName": "ObjectCreated:Put"}]}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": 5}}}]}',
        '{"Records": {}}',
        '{"source": "aws.s3"}',
        '{"source": "aws.s3", "detail-type": "Object Created"}',
        '{"source": "aws.s3", "detail-type": "Object Created", "detail": null}',
        '{"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name": "b"}}}',
        '{"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name": "b"}, "object": {}}}',
        '{"source": "depthdrop", "detail-type": "Parked Drop Released", "detail": {}}',
        json.dumps(_eventbridge(5)),
        json.dumps(_eventbridge("")),
        json.dumps(_eventbridge("a\ud800.jpg")),
        json.dumps(_eventbridge("ü" * 513)),
        json.dumps({"Records": [_notification("")]}),
        json.dumps({"Records": [_notification("%FF.jpg")]}),
        json.dumps({"Records": [_notification("%ED%A0%80.jpg")]}),
        json.dumps({"Records": [_notification("%C3%BC" * 513)]}),
    ],
    ids=range(30),
)
def test_a_message_that_does_not_belong_in_the_queue_is_an_error(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        read_messages(body)


@given(
    st.text(max_size=60)
    | st.dictionaries(
        st.sampled_from(["Records", "source", "detail-type", "detail"]), st.none() | st.lists(st.none()) | st.text()
    ).map(json.dumps)
)
def test_no_body_fails_in_any_other_way(body: str) -> None:
    try:
        found = read_messages(body)
    except UnreadableMessageError:
        return
    assert isinstance(found, tuple)
