"""A link fetches the picture under its name, says when it expires, and is to a host that does not redirect."""

import json
from datetime import UTC, datetime
from email.message import Message
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from depthdrop import aws
from depthdrop.notices.download_link import DownloadLinks, disposition
from depthdrop.notices.events import Download, Event, SucceededData
from depthdrop.notices.publish import make_notices
from tests.support.announced import ANNOUNCER, EDIT, MANIFEST, RESULT, announced
from tests.support.aws import OUTBOX
from tests.support.records import part
from tests.support.scripted import NOW

KEY = "summer/photo-0123abcd.jpg"
KEYS = [
    "photo-0123abcd.jpg",
    "a b+c%20-0123abcd.png",
    'quo"ted\\name;x=y-0123abcd.jpg',
    "für Jürgen 🎨-0123abcd.webp",
    "a\nb\r\nSet-Cookie: x=y\x00-0123abcd.jpg",
    "\u202egpj.exe-0123abcd.jpg",
    "x" * 900 + "-0123abcd.jpg",
    "ü" * 480 + "-0123abcd.jpg",
    "../../etc/passwd-0123abcd.jpg",
    "'single' (round) [square] {curly} <angle>-0123abcd.jpg",
]


def finished(key: str = KEY, bucket: str = OUTBOX) -> Event:
    result = RESULT.model_copy(update={"bucket": bucket, "key": key})
    return ANNOUNCER.succeeded(part(EDIT), result, MANIFEST, NOW, 7, 7.2)


def link_of(event: Event) -> Download:
    assert isinstance(event.data, SucceededData)
    assert event.data.download is not None
    return event.data.download


def linked(key: str = KEY, hours: int = 6) -> Event:
    return DownloadLinks(aws.s3_for_links(), hours, lambda: NOW + 0.9).added_to(finished(key))


def query(url: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def saved_as(url: str) -> str:
    """The name that a reader of RFC 6266 gives the file."""
    answer = Message()
    answer["Content-Disposition"] = query(url)["response-content-disposition"]
    named = answer.get_filename() or ""
    assert answer.get_content_disposition() == "attachment"
    return named


def test_the_link_is_the_only_thing_that_is_added() -> None:
    link = link_of(linked())

    assert linked().model_copy(update={"data": finished().data}) == finished()
    assert json.loads(linked().to_json())["data"]["download"] == {
        "url": link.url,
        "expires_at": "2026-06-10T14:00:00Z",
    }


def test_the_link_expires_when_it_says() -> None:
    link = link_of(linked(hours=12))

    assert link.expires_at == datetime.fromtimestamp(NOW + 12 * 3600, UTC)
    assert query(link.url)["X-Amz-Expires"] == str(12 * 3600)


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp"])
def test_the_content_type_is_that_of_the_downloaded_bytes(content_type: str) -> None:
    event = finished()
    assert isinstance(event.data, SucceededData)
    result = event.data.result.model_copy(update={"content_type": content_type})
    data = event.data.model_copy(update={"result": result})
    links = DownloadLinks(aws.s3_for_links(), 6)

    link = link_of(links.added_to(event.model_copy(update={"data": data})))
    assert query(link.url)["response-content-type"] == content_type


def test_notices_sign_with_the_client_that_is_made_for_links() -> None:
    links = make_notices("topic", "", 6).links

    assert links == DownloadLinks(aws.s3_for_links(), 6)


def test_an_event_without_a_picture_gets_no_link() -> None:
    failed = announced()["failed"]

    assert DownloadLinks(aws.s3_for_links(), 6).added_to(failed) == failed


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("bucket", ["my-edits", "edits.example.org"])
def test_a_link_leads_to_the_regions_own_host_by_tls(
    monkeypatch: pytest.MonkeyPatch, region: str, bucket: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    links = DownloadLinks(aws.s3_for_links.__wrapped__(), 6)
    link = link_of(links.added_to(finished(bucket=bucket)))
    parts = urlsplit(link.url)

    of_region = "s3.amazonaws.com" if region == "us-east-1" else f"s3.{region}.amazonaws.com"
    dotted = "." in bucket  # no certificate covers its name
    assert parts.scheme == "https"
    assert parts.hostname == (of_region if dotted else f"{bucket}.{of_region}")
    assert unquote(parts.path) == (f"/{bucket}/{KEY}" if dotted else f"/{KEY}")
    assert f"/{region}/s3/aws4_request" in query(link.url)["X-Amz-Credential"]
    assert query(link.url)["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"


@pytest.mark.parametrize("key", KEYS)
def test_any_key_gives_a_header_of_one_line_that_is_saved_under_a_plain_name(key: str) -> None:
    link = link_of(linked(f"folder/{key}"))
    header = query(link.url)["response-content-disposition"]
    name = saved_as(link.url)

    assert header == disposition(key)
    assert header.isascii()
    assert header.isprintable()
    assert name.endswith(key[-13:])
    assert name.isprintable()
    assert not set(name) & set("/\\\0")
    assert len(name.encode()) <= 200
    assert len(link.url) < 8000
    assert unquote(urlsplit(link.url).path) == f"/folder/{key}"


@pytest.mark.parametrize(
    ("key", "plain", "whole"),
    [
        ("summer/photo-0123abcd.jpg", "photo-0123abcd.jpg", "photo-0123abcd.jpg"),
        ('a"b%c-0.jpg', "a_b_c-0.jpg", "a%22b%25c-0.jpg"),
        ("é-0.jpg", "_-0.jpg", "%C3%A9-0.jpg"),
        ("a\\b\n-0.jpg", "a_b_-0.jpg", "a_b_-0.jpg"),
    ],
)
def test_the_name_is_given_in_ascii_and_in_full(key: str, plain: str, whole: str) -> None:
    assert disposition(key) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"
