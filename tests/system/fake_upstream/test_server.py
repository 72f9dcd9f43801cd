"""The server as a whole: two ports, the cap under load, leaks, and a clean stop."""

import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.fake_upstream import FakeUpstream, Settings
from tests.system.fake_upstream.client import HANG_SECONDS, Client
from tests.unit.fake_upstream.talk import PICTURE, HandClock, bearer

pytestmark = pytest.mark.sockets

QUICK = {"median": 1, "mean": 1, "speed": 100}


def test_a_task_goes_from_post_to_picture_over_two_ports() -> None:
    with FakeUpstream(Settings.model_validate(QUICK), HandClock()) as fake:
        client = Client(fake)
        client.post("a garden")
        link = client.link(fake.ledger.charges[0].task_id)

        assert client.download(link) == "200 image/jpeg a body"
        assert link.startswith(fake.delivery_url)
        assert fake.delivery_url != fake.url
        assert fake.ledger.as_json()["usd_total"] == "0.06"
        assert fake.state["leaked_authorization"] == 0
        client.close()


def test_a_crowd_meets_the_cap_and_the_ledger_counts_only_the_accepted() -> None:
    """Time is frozen, so no task ends and gives its place to another while the crowd is still coming."""
    with FakeUpstream(Settings(active_cap=24), HandClock()) as fake:
        url = f"{fake.url}/flux/v1/flux-pro-1-0-depth"

        def post(number: int) -> int:
            body = {"prompt": f"garden {number}", "control_image": PICTURE}
            return httpx.post(url, json=body, headers=bearer(fake.key), timeout=HANG_SECONDS).status_code

        with ThreadPoolExecutor(16) as crowd:
            statuses = sorted(crowd.map(post, range(60)))

        assert statuses == [200] * 24 + [429] * 36
        assert fake.ledger.count == 24
        assert (fake.state["active"], fake.state["peak_active"]) == (24, 24)


def test_a_link_expires_by_the_wall_clock() -> None:
    with FakeUpstream(Settings.model_validate({**QUICK, "link_seconds": 20})) as fake:
        client = Client(fake)
        client.post("a garden")
        link = client.link(fake.ledger.charges[0].task_id)
        time.sleep(0.25)

        assert client.download(link).startswith("403")
        client.close()


def test_a_client_that_follows_a_foreign_polling_url_with_the_key_is_found_out() -> None:
    with FakeUpstream(Settings.model_validate(QUICK)) as fake:
        body = {"prompt": "x [[fault post.foreign_polling_url]]", "control_image": PICTURE}
        answer = httpx.post(
            f"{fake.url}/flux/v1/flux-pro-1-0-depth", json=body, headers=bearer(fake.key), timeout=HANG_SECONDS
        ).json()
        httpx.get(answer["polling_url"], headers=bearer(fake.key), timeout=HANG_SECONDS)

        assert answer["polling_url"].startswith(fake.delivery_url)
        assert (fake.state["leaked_authorization"], fake.state["stray_requests"]) == (1, 1)


def test_stopping_drops_a_stalled_client_and_leaves_no_thread_or_port_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    threads = set(threading.enumerate())
    fake = FakeUpstream(Settings.model_validate(QUICK)).start()
    fake.arm("post.stall", seconds=100 * HANG_SECONDS)
    met: list[str] = []

    def wait_for_ever() -> None:
        try:
            body = {"prompt": "x", "control_image": PICTURE}
            url = f"{fake.url}/flux/v1/flux-pro-1-0-depth"
            httpx.post(url, json=body, headers=bearer(fake.key), timeout=HANG_SECONDS)
        except httpx.HTTPError as error:
            met.append(type(error).__name__)

    waiting = threading.Thread(target=wait_for_ever)
    waiting.start()
    while not fake.fault_queue.armed[0].used:
        time.sleep(0.01)
    fake.stop()
    waiting.join()

    assert not re.search("Cancel [1-9]", caplog.text)  # what uvicorn says when an answer outlasts its grace
    assert len(met) == 1
    assert set(threading.enumerate()) <= threads  # one of an earlier test may have ended meanwhile
    with pytest.raises(httpx.ConnectError):
        httpx.get(fake.url, timeout=HANG_SECONDS)
    fake.stop()  # a second stop is harmless


def test_both_ports_listen_on_loopback_only() -> None:
    with FakeUpstream(Settings()) as fake:
        for url in (fake.url, fake.delivery_url):
            assert httpx.URL(url).host == "127.0.0.1"


def test_a_busy_port_is_an_error_when_the_server_is_made() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(OSError, match="in use"):
            FakeUpstream(Settings(port=taken.getsockname()[1]))


def test_a_body_over_the_cap_is_refused_over_the_wire() -> None:
    with FakeUpstream(Settings(max_body_bytes=100_000)) as fake:
        answer = httpx.post(
            f"{fake.url}/flux/v1/flux-pro-1-0-depth",
            content=b"x" * 1_000_000,
            headers=bearer(fake.key),
            timeout=HANG_SECONDS,
        )

        assert answer.status_code == 413
        assert fake.ledger.count == 0


def test_a_client_that_leaves_in_the_middle_of_its_body_is_neither_charged_nor_answered() -> None:
    with FakeUpstream(Settings()) as fake:
        url = httpx.URL(fake.url)
        with socket.create_connection((url.host, url.port or 0)) as leaving:
            host = f"Host: {url.netloc.decode()}\r\nAuthorization: Bearer {fake.key}"
            head = f"POST /flux/v1/flux-pro-1-0-depth HTTP/1.1\r\n{host}\r\n"
            leaving.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        deadline = time.monotonic() + HANG_SECONDS
        while not fake.state["requests"]["post"] and time.monotonic() < deadline:
            time.sleep(0.01)

        assert fake.state["requests"]["post"] == {"none": 1}
        assert fake.ledger.count == 0
