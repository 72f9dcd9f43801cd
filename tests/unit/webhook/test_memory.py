"""The verifier caches certificates for a time, and message ids until their messages are too old."""

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from depthdrop_webhook import (
    BadSignatureError,
    DownloadError,
    MemorySeen,
    Turn,
    UnavailableError,
    UntrustedCertificateError,
)
from depthdrop_webhook.certificates import CertificateCache, SigningCertificate, judge_certificate
from depthdrop_webhook.topic import Topic
from tests.unit.webhook.delivery import CERTIFICATE_URL, HOST, NOW, TOPIC, VALID, Delivery, amazon, sns

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

    def cache(self, *, chance: Callable[[], float] = lambda: 0.0, **limits: int) -> CertificateCache:
        def judge(pem: bytes, now: object) -> SigningCertificate:
            return judge_certificate(pem, Topic.of(TOPIC), (), NOW if now is None else now)  # type: ignore[arg-type]

        return CertificateCache(self.fetch, judge, chance=chance, **limits)


def test_a_certificate_is_downloaded_once_until_it_expires() -> None:
    host = Host(amazon().issue(["sns.amazonaws.com"], span=(VALID[0], NOW + 400 * 24 * HOUR)).pem)
    cache = host.cache()
    for later in (timedelta(0), HOUR, 25 * HOUR, 399 * 24 * HOUR):
        cache.key("a", NOW + later)

    assert host.asked == ["a"]


def test_a_cached_certificate_is_not_used_after_it_has_expired() -> None:
    host = Host(amazon().issue(["sns.amazonaws.com"], span=(VALID[0], NOW + HOUR)).pem)
    cache = host.cache()
    cache.key("a", NOW)

    with pytest.raises(UntrustedCertificateError):
        cache.key("a", NOW + HOUR + timedelta(seconds=1))
    assert len(host.asked) == 2


def test_a_certificate_is_used_and_others_are_downloaded_after_the_clock_was_set_back() -> None:
    host = Host()
    cache = host.cache()
    cache.key("a", NOW)
    cache.key("a", NOW - HOUR)
    cache.key("b", NOW - HOUR)

    assert host.asked == ["a", "b"]


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
    cache = host.cache(downloads_per_minute=20, chance=Random(7).random)  # noqa: S311  # repeatable, not secret
    cache.key("known", NOW)
    host.error = DownloadError("404", gone=True)
    for number in range(60 * 1000):
        with pytest.raises((UntrustedCertificateError, UnavailableError)):
            cache.key(f"made up {number}", NOW + timedelta(minutes=number / 1000))

    cache.key("known", NOW + HOUR)
    assert 1000 < len(host.asked) < 1400  # about 20 in each of 60 minutes


def test_no_caller_knows_when_the_next_download_is_allowed() -> None:
    """Forgers who post at the start of each minute, or all the time, leave a share to others."""
    taken = []
    for number in range(400):
        host = Host()
        cache = host.cache(downloads_per_minute=20, chance=Random(number).random)  # noqa: S311  # the same
        cache.key("first", NOW)
        at = NOW + timedelta(seconds=1 + number / 100)
        with contextlib.suppress(UnavailableError):
            cache.key("genuine", at)
            taken.append(at)

    assert 100 < len(taken) < 300


def test_a_certificate_that_proved_a_message_is_not_displaced_by_others() -> None:
    host = Host()
    cache = host.cache(capacity=2)
    cache.key("genuine", NOW)
    cache.mark_proven("genuine")
    for number in range(5):
        cache.key(f"{number}", NOW)
    cache.key("genuine", NOW)

    assert host.asked == ["genuine", "0", "1", "2", "3", "4"]


def test_forgeries_at_other_valid_addresses_do_not_displace_the_certificate_that_verified_a_message() -> None:
    genuine = Delivery.genuine()
    verifier = genuine.verifier()
    verifier._certificates._chance = lambda: 0.0
    verifier.verify(genuine.content())
    for number in range(20):
        forged = genuine.copy()
        forged.fields |= {
            "SigningCertURL": f"{HOST}/SimpleNotificationService-{number:032x}.pem",
            "Message": "forged",
        }
        with pytest.raises(BadSignatureError):
            verifier.verify(forged.content())
    verifier.verify(genuine.content())

    assert genuine.asked.count(CERTIFICATE_URL) == 1
    assert len(genuine.asked) == 21


def test_proof_is_forgotten_with_its_certificate() -> None:
    cache = Host().cache(capacity=1)
    cache.mark_proven("never seen")
    cache.key("a", NOW)
    cache.mark_proven("a")
    cache.key("b", NOW)

    assert cache._proven <= {"a"}


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
