"""The inbox is read with If-Match, so that what was checked is what is sent."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop.inbox import ChangedError, Inbox
from depthdrop.pairing import InboxObject
from tests.unit.aws import INBOX, Stack
from tests.unit.scripted import NOW


@pytest.fixture
def inbox(stack: Stack) -> Inbox:
    stack.put("a/photo.jpg", b"0123456789", NOW + 0.75)
    return Inbox(INBOX, aws.s3())


def listed(inbox: Inbox) -> InboxObject:
    [found] = inbox.siblings("a/photo.")
    return found


class Answers:
    """An S3 client whose get_object answers with what it was made with, and notes what was asked."""

    def __init__(self, content: bytes, promised: int) -> None:
        self.content, self.promised = content, promised
        self.asked: list[dict[str, Any]] = []

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Body": io.BytesIO(self.content), "ContentLength": self.promised}


def test_siblings_carry_version_and_whole_seconds(inbox: Inbox) -> None:
    assert listed(inbox) == InboxObject("a/photo.jpg", "781e5e245d69b566979b86e28d23f2c7", NOW, 10)


def test_only_what_shares_the_prefix_is_listed(stack: Stack, inbox: Inbox) -> None:
    stack.put("a/photograph.jpg", b"x")
    stack.put("a/photo.txt", b"x")

    assert [found.key for found in inbox.siblings("a/photo.")] == ["a/photo.jpg", "a/photo.txt"]
    assert inbox.siblings("nothing") == ()


def test_a_small_object_is_read_whole(inbox: Inbox) -> None:
    assert inbox.read(listed(inbox), 10) == b"0123456789"


def test_one_byte_more_than_allowed_is_read_of_a_long_one(inbox: Inbox) -> None:
    assert inbox.read(listed(inbox), 4) == b"01234"


def test_an_empty_object_can_be_read(stack: Stack, inbox: Inbox) -> None:
    stack.put("a/empty.txt", b"")
    [empty] = inbox.siblings("a/empty.")

    assert inbox.read(empty, 4) == b""


def test_an_object_replaced_since_the_listing_is_not_read(stack: Stack, inbox: Inbox) -> None:
    found = listed(inbox)
    stack.put("a/photo.jpg", b"9876543210")

    with pytest.raises(ChangedError):
        inbox.read(found, 10)


def test_an_object_deleted_since_the_listing_is_not_read(inbox: Inbox) -> None:
    found = listed(inbox)
    inbox.s3.delete_object(Bucket=INBOX, Key=found.key)

    with pytest.raises(ChangedError):
        inbox.read(found, 10)


def test_any_other_trouble_is_raised(stack: Stack, inbox: Inbox) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Inbox("no-such-bucket", stack.submit().inbox.s3).read(listed(inbox), 10)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Inbox("no-such-bucket", stack.submit().inbox.s3).first_of(["a"], 10)


def test_a_body_that_comes_short_is_no_object() -> None:
    short: Any = Answers(b"012", 10)

    with pytest.raises(ConnectionError, match="3 of 10"):
        Inbox(INBOX, short).read(InboxObject("a\u2028b", "e", 0, 10), 10)
    with pytest.raises(ConnectionError, match="3 of 10"):
        Inbox(INBOX, short).first_of(["a"], 10)
    assert short.asked[0]["IfMatch"] == '"e"'


def test_a_key_is_told_on_one_line() -> None:
    short: Any = Answers(b"", 10)

    with pytest.raises(ConnectionError) as raised:
        Inbox(INBOX, short).read(InboxObject("a\u2028b\nc", "e", 0, 10), 10)
    assert len(str(raised.value).splitlines()) == 1


def test_the_first_that_exists_is_read_and_no_more_than_needed(stack: Stack, inbox: Inbox) -> None:
    stack.put("a/_preset.json", b"{}")

    assert inbox.first_of(["a/_preset.yaml", "a/_preset.json", "a/photo.jpg"], 10) == ("a/_preset.json", b"{}")
    assert inbox.first_of(["a/photo.jpg"], 4) == ("a/photo.jpg", b"01234")
    assert inbox.first_of(["a/nothing"], 4) is None
