"""The verifier caches certificates for a time, and message ids until their messages are too old."""

import threading
from datetime import timedelta

import pytest

from depthdrop_webhook import (
    DownloadError,
    MemorySeen,
    Turn,
    UnavailableError,
    UntrustedCertificateError,
)
from depthdrop_webhook.certificates import CertificateCache, SigningCertificate, judge_certificate
from depthdrop_webhook.topic import Topic
from tests.unit.webhook.delivery import NOW, TOPIC, VALID, amazon, sns

HOUR = timedelta(hours=1)


class Host:
    """Replaces SNS's host, and counts downloads."""

    def __init__(self, pem: bytes | None = None) -> None:
        self.pem = pem or sns().pem
        self.asked: list[str] = []
        self.error: DownloadError | None = None

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.error:
            raise self.error
        return self.pem

    def cache(self, **limits: int) -> CertificateCache:
        def judge(pem: bytes, now: object) -> SigningCertificate:
            return judge_certificate(pem, Topic.of(TOPIC), (), NOW if now is None else now)  # type: ignore[arg-type]

        return CertificateCache(self.fetch, judge, **limits)


def test_a_certificate_is_downloaded_once_for_a_day() -> None:
    host = Host()
    cache = host.cache()
    for later in (timedelta(0), HOUR, 24 * HOUR):
        cache.key("a", NOW + later)
    assert host.asked == ["a"]

    cache.key("a", NOW + 25 * HOUR)

    assert host.asked == ["a", "a"]


def test_a_cached_certificate_is_not_used_after_it_has_expired() -> None:
    host = Host(amazon().issue(["sns.amazonaws.com"], span=(VALID[0], NOW + HOUR)).pem)
    cache = host.cache()
    cache.key("a", NOW)

    with pytest.raises(UntrustedCertificateError):
        cache.key("a", NOW + HOUR + timedelta(seconds=1))
    assert len(host.asked) == 2


def test_after_the_clock_was_set_back_a_certificate_is_downloaded_again() -> None:
    host = Host()
    cache = host.cache()
    cache.key("a", NOW)
    cache.key("a", NOW - HOUR)

    assert len(host.asked) == 2


def test_the_cache_is_limited_and_removes_the_certificate_unused_for_longest() -> None:
    host = Host()
    cache = host.cache(capacity=2)
    for url in ("a", "b", "a", "c", "a", "b"):
        cache.key(url, NOW)

    assert host.asked == ["a", "b", "c", "b"]


def test_a_refused_certificate_is_not_cached_and_does_not_displace_others() -> None:
    host = Host()
    cache = host.cache(capacity=1)
    cache.key("known", NOW)
    host.error = DownloadError("404", gone=True)
    with pytest.raises(UntrustedCertificateError):
        cache.key("made up", NOW)

    cache.key("known", NOW)

    assert host.asked == ["known", "made up"]


def test_invented_addresses_cause_a_limited_number_of_downloads_a_minute() -> None:
    host = Host()
    cache = host.cache(downloads_per_minute=3)
    cache.key("known", NOW)
    host.error = DownloadError("404", gone=True)
    for url in ("x", "y"):
        with pytest.raises(UntrustedCertificateError):
            cache.key(url, NOW + timedelta(seconds=30))
    with pytest.raises(UnavailableError, match="Too many unknown"):
        cache.key("z", NOW + timedelta(seconds=59))

    cache.key("known", NOW + timedelta(seconds=59))
    with pytest.raises(UntrustedCertificateError):
        cache.key("z", NOW + timedelta(seconds=60))

    assert host.asked == ["known", "x", "y", "z"]


def test_many_threads_with_an_unknown_certificate_download_it_once() -> None:
    host = Host()
    cache = host.cache()
    started = threading.Barrier(8)

    def one() -> None:
        started.wait()
        cache.key("a", NOW)

    crowd = [threading.Thread(target=one) for _ in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()

    assert host.asked == ["a"]


def test_an_id_is_mine_then_busy_then_done() -> None:
    seen = MemorySeen()
    turns = [seen.begin("a", NOW, NOW + HOUR), seen.begin("a", NOW, NOW + HOUR)]
    seen.done("a")

    assert [*turns, seen.begin("a", NOW + HOUR, NOW + 2 * HOUR)] == [Turn.MINE, Turn.BUSY, Turn.DONE]


def test_an_id_is_forgotten_only_after_its_time() -> None:
    seen = MemorySeen(capacity=2)
    for one, until in (("a", NOW + HOUR), ("b", NOW + 2 * HOUR)):
        seen.begin(one, NOW, until)
        seen.done(one)
    with pytest.raises(UnavailableError):
        seen.begin("c", NOW, NOW + HOUR)

    assert seen.begin("c", NOW + HOUR + timedelta(seconds=1), NOW + 3 * HOUR) is Turn.MINE
    assert seen.begin("b", NOW + HOUR, NOW + 3 * HOUR) is Turn.DONE


def test_a_released_id_is_free_again() -> None:
    seen = MemorySeen()
    seen.begin("a", NOW, NOW + HOUR)
    seen.release("a")

    assert seen.begin("a", NOW, NOW + HOUR) is Turn.MINE
