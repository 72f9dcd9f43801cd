"""The inbox is read with If-Match, so that what was checked is what is sent."""

import hashlib
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop.drop.pairing import InboxObject
from depthdrop.inbox.bucket import ChangedError, Inbox, Listing
from depthdrop.picture.content import CHUNK_BYTES
from tests.support.aws import INBOX, Stack
from tests.support.scripted import NOW


@pytest.fixture
def inbox(stack: Stack) -> Inbox:
    stack.put("a/photo.jpg", b"0123456789", NOW + 0.75)
    return Inbox(INBOX, aws.s3())


def any_of(client: object) -> Any:
    """Looks like an S3 client, as far as it is asked."""
    return client


def listed(inbox: Inbox) -> InboxObject:
    [found] = inbox.siblings("a/photo.").objects
    return found


class Answers:
    """An S3 client whose get_object answers with what it was made with, and notes what was asked."""

    def __init__(self, content: bytes, promised: int) -> None:
        self.content, self.promised = content, promised
        self.asked: list[dict[str, Any]] = []

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Body": io.BytesIO(self.content), "ContentLength": self.promised}


class Pages:
    """An S3 client with so many objects under every prefix."""

    def __init__(self, count: int) -> None:
        self.count = count

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        shown = min(self.count, asked["MaxKeys"])
        at = datetime.fromtimestamp(NOW, UTC)
        listed = [
            {"Key": f"{asked['Prefix']}{n:04}.jpg", "ETag": '"e"', "LastModified": at, "Size": 1}
            for n in range(shown)
        ]
        return {"Contents": listed, "IsTruncated": self.count > shown}


class Forbidding:
    """An S3 client that may look at nothing."""

    def head_object(self, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")


def test_siblings_carry_version_and_whole_seconds(inbox: Inbox) -> None:
    assert listed(inbox) == InboxObject("a/photo.jpg", "781e5e245d69b566979b86e28d23f2c7", NOW, 10)


def test_only_what_shares_the_prefix_is_listed(stack: Stack, inbox: Inbox) -> None:
    stack.put("a/photograph.jpg", b"x")
    stack.put("a/photo.txt", b"x")

    assert [found.key for found in inbox.siblings("a/photo.").objects] == ["a/photo.jpg", "a/photo.txt"]
    assert inbox.siblings("nothing") == Listing((), whole=True)


def test_a_small_object_is_read_whole(inbox: Inbox) -> None:
    assert inbox.read(listed(inbox), 10) == b"0123456789"


def test_one_byte_more_than_allowed_is_read_of_a_long_object(inbox: Inbox) -> None:
    assert inbox.read(listed(inbox), 4) == b"01234"


def test_an_empty_object_can_be_read(stack: Stack, inbox: Inbox) -> None:
    stack.put("a/empty.txt", b"")
    [empty] = inbox.siblings("a/empty.").objects

    assert inbox.read(empty, 4) == b""


def test_an_object_replaced_since_the_listing_is_not_read(stack: Stack, inbox: Inbox) -> None:
    found = listed(inbox)
    stack.put("a/photo.jpg", b"9876543210")

    with pytest.raises(ChangedError):
        inbox.read(found, 10)


def test_a_large_object_goes_to_a_file_piece_by_piece() -> None:
    content = bytes(range(256)) * 4096
    answers: Any = Answers(content, len(content))
    pieces: list[int] = []

    class Body(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            got = super().read(size)
            pieces.append(len(got))
            return got

    answers.get_object = lambda **_: {"Body": Body(content), "ContentLength": len(content)}
    found = Inbox(INBOX, answers).spool(InboxObject("a", "e", 0, len(content)), len(content))

    assert (found[:], found.digest) == (content, hashlib.sha256(content).hexdigest())
    assert 0 < max(pieces) <= CHUNK_BYTES


def test_an_object_that_is_not_read_is_not_spooled_either(stack: Stack, inbox: Inbox) -> None:
    found = listed(inbox)
    stack.put("a/photo.jpg", b"9876543210")
    short: Any = Answers(b"012", 10)

    with pytest.raises(ChangedError):
        inbox.spool(found, 10)
    with pytest.raises(ConnectionError, match="3 of 10"):
        Inbox(INBOX, short).spool(found, 10)


def test_an_object_deleted_since_the_listing_is_not_read(inbox: Inbox) -> None:
    found = listed(inbox)
    inbox.s3.delete_object(Bucket=INBOX, Key=found.key)

    with pytest.raises(ChangedError):
        inbox.read(found, 10)


def test_any_other_error_is_raised(stack: Stack, inbox: Inbox) -> None:
    found = listed(inbox)
    refusing = Inbox(INBOX, any_of(Forbidding()))
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Inbox("no-such-bucket", stack.submit().inbox.s3).read(found, 10)
    with pytest.raises(ClientError, match="403"):
        refusing.version("a/photo.jpg")
    with pytest.raises(ClientError, match="403"):
        refusing.prompt_of(found)


def test_a_body_that_is_too_short_is_an_error() -> None:
    short: Any = Answers(b"012", 10)

    with pytest.raises(ConnectionError, match="3 of 10"):
        Inbox(INBOX, short).read(InboxObject("a\u2028b", "e", 0, 10), 10)
    assert short.asked[0]["IfMatch"] == '"e"'


def test_a_key_is_quoted_on_one_line() -> None:
    short: Any = Answers(b"", 10)

    with pytest.raises(ConnectionError) as raised:
        Inbox(INBOX, short).read(InboxObject("a\u2028b\nc", "e", 0, 10), 10)
    assert len(str(raised.value).splitlines()) == 1


def test_a_long_object_is_read_by_range() -> None:
    asked: Any = Answers(b"01234", 5)
    Inbox(INBOX, asked).read(InboxObject("a", "e", 0, 10), 4)
    Inbox(INBOX, asked).read(InboxObject("a", "e", 0, 5), 5)

    assert [one.get("Range") for one in asked.asked] == ["bytes=0-4", None]


def test_a_listing_says_that_there_are_more_siblings_than_one_page() -> None:
    listed_all = Inbox(INBOX, any_of(Pages(1000))).siblings("a.")
    listed_some = Inbox(INBOX, any_of(Pages(1001))).siblings("a.")

    assert (len(listed_all.objects), listed_all.whole) == (1000, True)
    assert (len(listed_some.objects), listed_some.whole) == (1000, False)


def test_the_current_version_is_the_listed_version(inbox: Inbox) -> None:
    assert inbox.version("a/photo.jpg") == listed(inbox)
    assert inbox.version("a/photo.png") is None


def test_presets_are_found_in_every_spelling_and_in_their_own_folder_only(stack: Stack, inbox: Inbox) -> None:
    for key in (
        "a/_preset.YML",
        "a/_Preset.json",
        "a/_PRESET.txt",
        "a/_preset.jpg",
        "a/b/_preset.yaml",
        "a/_b/_preset.yaml",
        "_preset.json",
    ):
        stack.put(key, b"{}")

    found = inbox.presets("a/")

    assert {one.key for one in found.objects} == {"a/_preset.YML", "a/_Preset.json", "a/_PRESET.txt"}
    assert found.whole
    assert inbox.presets("nothing/").objects == ()
    assert not Inbox(INBOX, any_of(Pages(1001))).presets("a/").whole


def test_presets_are_found_among_many_files_that_begin_alike(stack: Stack, inbox: Inbox) -> None:
    for name in ("_A", "_B", "_C", "_preset.yml"):
        stack.put(f"a/{name}", b"{}")
    stack.monkeypatch.setattr("depthdrop.inbox.bucket._LIST_MAX", 3)
    found = inbox.presets("a/")

    assert ([one.key for one in found.objects], found.whole) == (["a/_preset.yml"], True)


def test_a_picture_carries_the_prompt_it_was_uploaded_with(stack: Stack, inbox: Inbox) -> None:
    stack.put("a/photo.jpg", b"0123456789", prompt="a watercolour")

    assert inbox.prompt_of(listed(inbox)) == "a watercolour"
    stack.put("a/photo.jpg", b"0123456789")
    assert inbox.prompt_of(listed(inbox)) is None


@pytest.mark.parametrize("by", ["other bytes", "the same bytes again", "deleted"])
def test_a_prompt_is_that_of_the_listed_version(stack: Stack, inbox: Inbox, by: str) -> None:
    found = listed(inbox)
    if by == "deleted":
        inbox.s3.delete_object(Bucket=INBOX, Key=found.key)
    else:
        stack.put("a/photo.jpg", b"x" if by == "other bytes" else b"0123456789", NOW + 5, prompt="another")

    with pytest.raises(ChangedError) as changed:
        inbox.prompt_of(found)
    assert str(changed.value) == "a/photo.jpg"


@pytest.mark.parametrize("name", ["prompt", "Prompt", "PROMPT"])
def test_the_name_of_the_prompt_is_read_in_any_case(name: str) -> None:
    """Other stores than S3 keep the case in which it was written."""
    answer: Any = Answers(b"", 0)
    answer.head_object = lambda **_: {
        "ETag": '"e"',
        "LastModified": datetime.fromtimestamp(NOW, UTC),
        "ContentLength": 1,
        "Metadata": {name: "ink"},
    }

    assert Inbox(INBOX, answer).prompt_of(InboxObject("a", "e", NOW, 1)) == "ink"
