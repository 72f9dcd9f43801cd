"""The deadline holds in every part of an exchange, in TLS too, and for the paid request."""

import ssl
import time

import httpx
import pytest

from depthdrop.picture.content import Pieces
from depthdrop.upstream.answer import Answer, NoAnswer
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.cutoff import Cutoff
from depthdrop.upstream.request import PostRequest
from tests.hostile.network.download_server import HANG_SECONDS, Connection, HostileServer, Manner
from tests.hostile.network.downloads import drips, stalls
from tests.support.scripted import KEY

pytestmark = pytest.mark.sockets

_SECONDS = 0.5
REQUEST = PostRequest("m", {"prompt": "p"}, {"control_image": Pieces.whole(b"picture")})
ANSWERS: dict[str, Manner] = {
    "silence": stalls(),
    "headers that drip": drips(b"HTTP/1.1 200 OK\r\n", then=lambda n: b"X-%d: y\r\n" % n),
    "a body that drips": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", then=lambda _: b" "),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_paid_request_is_given_up_at_the_end_of_its_time_and_may_have_been_charged(name: str) -> None:
    with HostileServer(ANSWERS[name]) as server:
        found = Upstream(server.url).post(REQUEST, KEY, _SECONDS)

    assert isinstance(found, NoAnswer)
    assert found.started
    assert not server.outlasted


@pytest.mark.parametrize("name", ANSWERS)
def test_a_poll_over_a_connection_that_was_kept_is_given_up_at_the_end_of_its_time_too(name: str) -> None:
    connections = []

    def manner(connection: Connection) -> None:
        connections.append(connection)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        connection.next_request()
        ANSWERS[name](connection)

    with HostileServer(manner) as server:
        client = Upstream(server.url)
        first = client.get_result("t", None, KEY, HANG_SECONDS)
        second = client.get_result("t", None, KEY, _SECONDS)
        client._poll_client.close()

    assert first == Answer(200, b"{}")
    assert isinstance(second, NoAnswer)
    assert len(connections) == 1
    assert not server.outlasted


def test_a_poll_after_one_that_was_cut_off_has_a_connection_of_its_own() -> None:
    manners: list[Manner] = [stalls(), lambda one: one.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")]

    def manner(connection: Connection) -> None:
        manners.pop(0)(connection)

    with HostileServer(manner) as server:
        client = Upstream(server.url)
        found = [client.get_result("t", None, KEY, seconds) for seconds in (_SECONDS, HANG_SECONDS)]
        client._poll_client.close()

    assert isinstance(found[0], NoAnswer)
    assert found[1] == Answer(200, b"{}")


def test_an_answer_without_a_length_that_is_cut_off_is_not_taken_for_whole() -> None:
    with HostileServer(stalls(b"HTTP/1.1 200 OK\r\n\r\n", b'{"id": "t"}')) as server:
        assert isinstance(Upstream(server.url).post(REQUEST, KEY, _SECONDS), NoAnswer)


@pytest.mark.parametrize("size", [0, 4, 6, 1_000_000])
def test_a_file_of_another_length_than_was_promised_may_have_been_charged(size: int) -> None:
    """The upstream has fewer bytes than it was promised; how it handles them is unknown."""

    class Changed(Pieces):
        def __len__(self) -> int:
            return size

    request = PostRequest("m", {"prompt": "p"}, {"control_image": Changed.whole(b"12345")})
    with HostileServer(stalls()) as server:
        seen = Upstream(server.url).post(request, KEY, HANG_SECONDS)

    assert seen == NoAnswer("BodyBrokenError")


def test_a_tls_greeting_that_drips_is_cut_off() -> None:
    """The first record of a server, a byte at a time."""
    record = b"\x16\x03\x03\x40\x00"
    cutoff = Cutoff(_SECONDS)

    def ask(port: int) -> None:
        with (
            cutoff,
            httpx.Client(verify=ssl.create_default_context(), trust_env=False) as client,
            pytest.raises(httpx.HTTPError),
        ):
            client.get(f"https://127.0.0.1:{port}/", extensions={"trace": cutoff.trace}, timeout=HANG_SECONDS)

    with HostileServer(drips(then=lambda n: record[n : n + 1] or b"\2"), at_once=True) as server:
        ask(server.address[1])

    assert cutoff.over
    assert not server.outlasted


def test_a_connection_that_comes_after_the_end_is_cut_at_once() -> None:
    with HostileServer(stalls()) as server, Cutoff(0.0) as cutoff:
        while not cutoff.over:
            time.sleep(0.001)
        with httpx.Client(trust_env=False) as client, pytest.raises(httpx.HTTPError):
            client.get(server.url, extensions={"trace": cutoff.trace}, timeout=HANG_SECONDS)

    assert not server.outlasted


def test_a_request_that_ends_in_time_is_not_cut_off() -> None:
    with Cutoff(HANG_SECONDS) as cutoff:
        pass
    cutoff._timer.join()

    assert not cutoff.over
