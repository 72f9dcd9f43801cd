"""The web service: only small and fast bodies reach the verifier."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from depthdrop_webhook import CloudEvent
from receiver.receiver import Receiver
from receiver.service import make_service
from receiver.sqlite_inbox import SqliteInbox
from tests.unit.webhook.delivery import Delivery

Content = bytes | AsyncIterator[bytes]


@pytest.fixture
def service(tmp_path: Path) -> Starlette:
    return within(tmp_path, seconds=120)


def within(folder: Path, seconds: float) -> Starlette:
    """A service with this time limit for a body."""

    def work(_: CloudEvent) -> None:
        pass

    receiver = Receiver(Delivery().verifier(), SqliteInbox(folder / "events.sqlite3"), work)
    return make_service(receiver, "/sns", body_seconds=seconds)


def asked(service: Starlette, method: str, path: str, content: Content = b"", **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(service)
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(ask())


def test_a_delivery_is_answered(service: Starlette) -> None:
    answer = asked(service, "POST", "/sns", Delivery.genuine().content())

    assert (answer.status_code, answer.text) == (200, "handled")


def test_the_header_of_raw_delivery_reaches_the_verifier(service: Starlette) -> None:
    answer = asked(service, "POST", "/sns", b"{}", **{"X-Amz-Sns-RawDelivery": "true"})

    assert (answer.status_code, answer.text) == (403, "unsigned")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/sns", 405), ("POST", "/", 404), ("GET", "/healthz", 200)]
)
def test_every_other_request_is_refused(service: Starlette, method: str, path: str, status: int) -> None:
    assert asked(service, method, path).status_code == status


def test_a_body_is_cut_off_at_the_limit_whatever_its_content_length(service: Starlette) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65536

    assert asked(service, "POST", "/sns", endless()).status_code == 413
    assert sent == 17  # 16 pieces fill the MiB


def test_a_slow_body_is_cut_off_at_the_time_limit(tmp_path: Path) -> None:
    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    assert asked(within(tmp_path, seconds=0.3), "POST", "/sns", slow()).status_code == 408
