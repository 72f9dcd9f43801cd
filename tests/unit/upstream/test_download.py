"""A download is a whole picture in the file, or a reason; it carries no key and goes to the judged address."""

import io
from collections.abc import Iterator

import httpx
import pytest

from depthdrop.upstream import download as module
from depthdrop.upstream.download import Downloaded, DownloadFailed, LinkExpired, download
from depthdrop.upstream.result_link import SafeLink
from tests.support.scripted import EDITED, PUBLIC_ADDRESS, ScriptedUpstream, image, picture
from tests.unit.upstream.exchanges import Drip, Ticks

PATH = "/results/sample.jpeg?sig=a%2Fb"
LINK = SafeLink(f"https://delivery.example{PATH}", "delivery.example", 443, PUBLIC_ADDRESS)
MIB = 1024 * 1024


def fetch(link: SafeLink = LINK, ticks: float = 0.0) -> tuple[object, bytes]:
    file = io.BytesIO()
    return download(link, file, monotonic=Ticks(ticks)), file.getvalue()


@pytest.mark.parametrize(
    ("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_whole_picture_lands_in_the_file(upstream: ScriptedUpstream, kind: str, content_type: str) -> None:
    content = picture(kind)
    upstream.download_answers.append(image(content, headers={"content-type": "application/octet-stream"}))
    got, stored = fetch()

    assert isinstance(got, Downloaded)
    assert (got.format, got.content_type, got.size_bytes) == (kind.lower(), content_type, len(content))
    assert stored == content


def test_a_picture_of_unknown_length_is_accepted(upstream: ScriptedUpstream) -> None:
    upstream.download_answers.append(httpx.Response(200, stream=httpx.ByteStream(EDITED)))

    assert isinstance(fetch()[0], Downloaded)


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_link_that_storage_no_longer_knows_is_expired(upstream: ScriptedUpstream, code: int) -> None:
    upstream.download_answers.append(image(b"<Error/>", code))

    assert fetch() == (LinkExpired(), b"")


BAD: dict[str, tuple[httpx.Response, str]] = {
    "truncated": (image(EDITED[:-1], headers={"content-length": str(len(EDITED))}), "bytes were promised"),
    "longer than promised": (image(EDITED, headers={"content-length": "10"}), "bytes were promised"),
    "promise beyond the cap": (image(EDITED, headers={"content-length": str(101 * MIB)}), "larger than 100 MiB"),
    "html": (image(b"<html>sorry</html>", headers={"content-type": "text/html"}), "not a picture"),
    "html that says it is a picture": (image(b"<html>sorry</html>"), "not a picture"),
    "wrong magic": (image(b"GIF89a" + bytes(200)), "not a picture"),
    "empty": (image(b""), "not a picture"),
    "gzip": (image(EDITED, headers={"content-encoding": "gzip"}), "compressed"),
    "brotli": (image(EDITED, headers={"content-encoding": "BR"}), "compressed"),
    "server error": (image(b"", 500), "HTTP 500"),
    "partial": (image(EDITED, 206), "HTTP 206"),
    "redirect": (image(b"", 302, {"location": "http://169.254.169.254/latest/meta-data"}), "HTTP 302"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_body_that_is_not_the_whole_picture_is_refused(upstream: ScriptedUpstream, name: str) -> None:
    answer, reason = BAD[name]
    upstream.download_answers.append(answer)
    got, _ = fetch()

    assert isinstance(got, DownloadFailed)
    assert reason in got.reason
    assert len(upstream.downloads) == 1


def test_a_body_beyond_the_cap_is_broken_off(upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 4 * 64 * 1024)
    endless = Drip(10_000, 64 * 1024)
    upstream.download_answers.append(httpx.Response(200, stream=endless))
    got, stored = fetch()

    assert isinstance(got, DownloadFailed)
    assert (len(stored), endless.given) == (4 * 64 * 1024, 5)


def test_a_slow_body_is_broken_off_after_two_minutes_in_all(upstream: ScriptedUpstream) -> None:
    slow = Drip(10_000, 64 * 1024)
    upstream.download_answers.append(httpx.Response(200, stream=slow))

    assert fetch(ticks=10.0)[0] == DownloadFailed("it took longer than 120 seconds")
    assert slow.given == 13


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
def test_a_broken_connection_is_reported_by_its_error_class_only(
    upstream: ScriptedUpstream, kind: type[httpx.HTTPError]
) -> None:
    upstream.download_answers.append(kind("https://delivery.example/secret"))

    assert fetch()[0] == DownloadFailed(f"the download broke off ({kind.__name__})")


def test_a_body_that_breaks_off_on_the_way_is_refused(upstream: ScriptedUpstream) -> None:
    class Breaks(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield EDITED[:100]
            raise httpx.ReadError("reset")

    upstream.download_answers.append(httpx.Response(200, stream=Breaks()))

    assert fetch()[0] == DownloadFailed("the download broke off (ReadError)")


def test_the_request_goes_to_the_judged_address_with_the_links_host(upstream: ScriptedUpstream) -> None:
    fetch()
    [request] = upstream.downloads

    assert str(request.url) == f"https://{PUBLIC_ADDRESS}{PATH}"
    assert request.headers["host"] == "delivery.example"
    assert request.extensions["sni_hostname"] == "delivery.example"


def test_a_port_and_an_ipv6_address_are_spoken_to_as_such(upstream: ScriptedUpstream) -> None:
    fetch(SafeLink(f"https://delivery.example:8443{PATH}", "delivery.example", 8443, "2606:2800:220:1::1"))
    [request] = upstream.downloads

    assert (request.url.host, request.url.port) == ("2606:2800:220:1::1", 8443)
    assert request.headers["host"] == "delivery.example:8443"


def test_the_request_carries_no_key_and_asks_for_plain_bytes(upstream: ScriptedUpstream) -> None:
    fetch()
    [request] = upstream.downloads

    assert "authorization" not in request.headers
    assert "cookie" not in request.headers
    assert request.headers["accept-encoding"] == "identity"
    assert request.extensions["timeout"]["read"] == 15.0
