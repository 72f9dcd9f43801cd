"""Forgers who post all day, each time with an address that SNS might have: genuine messages are verified even so.

Each forged post asks for the download of a certificate. How SNS retries: `DeliveryPolicy` in template.yaml, and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

from depthdrop_webhook import DownloadError, WebhookError
from tests.protocol.faults.way import ALL
from tests.unit.webhook.delivery import CERTIFICATE_URL, NOW, Delivery, message

FORGED_A_MINUTE = 1000
MINUTES = 24 * 60 if ALL else 60
AGE = timedelta(hours=24)  # of the certificate that is cached
FIRST_RETRY = timedelta(seconds=10)  # minDelayTarget
LATER_URL = CERTIFICATE_URL.replace("0123", "4567", 1)
_RETRIES = 14

Record = Callable[[str, object], None]


class Day:
    """One verifier between forgers and SNS, on a scripted clock."""

    def __init__(self) -> None:
        self.delivery = Delivery.genuine()
        self.genuine = {CERTIFICATE_URL}
        self.delivery.now = NOW
        self.verifier = self.delivery.verifier()
        self.verifier.fetch = self.fetch
        self.verifier._certificates._fetch = self.fetch
        self.verifier._certificates._chance = Random(3).random  # noqa: S311  # repeatable, not secret
        self.forged, self.downloads = Counter[str](), 0
        self._body = json.dumps(message()).replace(CERTIFICATE_URL, "{url}")

    def fetch(self, url: str) -> bytes:
        self.downloads += 1
        if url not in self.genuine:
            raise DownloadError("HTTP 403", gone=True)
        return self.delivery.certificate

    def posted(self, number: int, url: str) -> str:
        """SNS's message of this number; `accepted`, or the code of the refusal."""
        stamp = self.delivery.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        fields = message(message_id=f"00000000-0000-4000-8000-{number:012d}")
        one = Delivery({**fields, "Timestamp": stamp, "SigningCertURL": url}).signed()
        return self._outcome(one.content())

    def forge(self, count: int) -> None:
        """So many posts in this minute; half of them come at its very beginning."""
        began, stamp = self.delivery.now, self.delivery.now.strftime("%Y-%m-%dT%H:%M:%S.123Z")
        for number in range(count):
            self.delivery.now = began + timedelta(seconds=max(0.0, 120 * number / count - 60))
            file = f"SimpleNotificationService-{self.forged.total():032x}.pem"
            body = self._body.replace("{url}", CERTIFICATE_URL.rpartition("/")[0] + f"/{file}")
            forged = body.replace("2026-05-01T11:59:59.123Z", stamp)
            self.forged[self._outcome(forged[:-1].encode() + b', "Signature": "Rk9SR0VE"}')] += 1
        self.delivery.now = began + timedelta(minutes=1)

    def _outcome(self, body: bytes) -> str:
        try:
            self.verifier.verify(body)
        except WebhookError as error:
            return error.code
        return "accepted"


def test_a_known_certificate_serves_all_day(record_property: Record) -> None:
    day = Day()
    assert day.posted(0, CERTIFICATE_URL) == "accepted"
    day.delivery.now = NOW + AGE
    late = Counter[int]()
    for minute in range(MINUTES):
        tries = 1
        while day.posted(1 + minute, CERTIFICATE_URL) != "accepted":
            day.delivery.now += FIRST_RETRY
            tries += 1
        late[tries] += 1
        day.forge(FORGED_A_MINUTE)

    record_property("forged_posts", day.forged.total())
    record_property("genuine_messages", late.total())
    record_property("most_tries", max(late))
    assert day.forged["accepted"] == 0
    assert set(late) == {1}
    assert set(day.forged) <= {"unavailable", "untrusted_certificate"}
    assert day.downloads < 80 * MINUTES


def test_a_new_certificate_finds_its_way_between_the_forged_ones(record_property: Record) -> None:
    """Its messages are tried again for most of an hour, each time with a chance of its own."""
    day = Day()
    day.genuine.add(LATER_URL)
    tries = 0
    for _ in range(60):
        day.forge(FORGED_A_MINUTE)
        tries += 1
        day.delivery.now += timedelta(seconds=Random(tries).random() * 60)  # noqa: S311  # SNS spreads its retries
        if day.posted(tries, LATER_URL) == "accepted":
            break
    record_property("most_tries_of_a_new_certificate", tries)

    assert tries <= 3 * _RETRIES
    assert day.posted(100, LATER_URL) == "accepted"
