"""A result link is anybody's text: what it names is judged before a single connection is opened."""

import contextlib
import json
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from depthdrop.use_cases.download_and_store import UnfetchedError
from tests.hostile.network.connections import Connections
from tests.hostile.network.download_server import HostileServer, whole
from tests.hostile.network.links import LINKS, PUBLIC, REDIRECTS, ZONE, HostileLink
from tests.support.acts import ENDS, state_of
from tests.support.aws import Stack

pytestmark = pytest.mark.sockets

Record = Callable[[str, object], None]
_real_getaddrinfo = socket.getaddrinfo


class Names:
    """Answers from the zone; what is no name in it is read by the system, which asks nobody about numbers."""

    def __init__(self, zone: dict[str, list[list[str]]]) -> None:
        self.left = {name: list(answers) for name, answers in zone.items()}
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, port: int, *rest: Any, **more: Any) -> Sequence[Any]:
        if host not in self.left:
            flags = 0 if host == "localhost" else socket.AI_NUMERICHOST
            return _real_getaddrinfo(host, port, *rest, **{**more, "flags": flags})
        self.asked.append(host)
        answers = self.left[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in found]


def finalized(
    paid: Stack,
    connections: Connections,
    link: str,
    zone: dict[str, list[list[str]]] = ZONE,
    *,
    fresh_links: bool = False,
) -> Names:
    """Poll has the same link when it is asked again, or none."""
    names = Names(zone)
    paid.monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    found = {**ENDS["ready"], "sample": link}
    use_case = paid.finalize(lambda _: found if fresh_links else None)
    with connections.watched(), contextlib.suppress(UnfetchedError):
        use_case.handle(state_of(paid, found))
    return names


@pytest.mark.parametrize("hostile", LINKS, ids=[one.what for one in LINKS])
def test_a_hostile_link_opens_no_connection_and_the_owner_is_notified(
    paid: Stack, connections: Connections, hostile: HostileLink, record_property: Record
) -> None:
    finalized(paid, connections, hostile.link)
    [event] = paid.events()
    record_property("links", 1)
    record_property("connections", len(connections.tried))

    assert connections.tried == []
    assert (event["data"]["error"]["code"], paid.edit()["state"]) == ("unsafe_link", "FAILED")
    assert hostile.link not in json.dumps(event)
    assert paid.outbox() == {}


def test_the_same_eyes_see_the_connection_of_an_honest_link(paid: Stack, connections: Connections) -> None:
    finalized(paid, connections, "https://delivery.example/s.jpeg")

    assert connections.tried == [(PUBLIC, 443)]


@pytest.mark.parametrize("port", [443, 8443])
def test_a_name_that_changes_its_mind_gains_nothing(
    paid: Stack, connections: Connections, port: int, record_property: Record
) -> None:
    zone = {"rebinds.example": [[PUBLIC], ["127.0.0.1"], ["169.254.169.254"]]}
    names = finalized(paid, connections, f"https://rebinds.example:{port}/s.jpeg", zone, fresh_links=True)
    connections.allowed = {(PUBLIC, port)}
    record_property("links", 1)
    record_property("connections", len(connections.forbidden))

    assert names.asked == 2 * ["rebinds.example"]  # once for each link
    assert connections.tried == [(PUBLIC, port)]
    assert [event["data"]["error"]["code"] for event in paid.events()] == ["unsafe_link"]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", REDIRECTS)
def test_a_redirect_is_not_followed(
    paid: Stack, connections: Connections, location: str, code: int, record_property: Record
) -> None:
    paid.monkeypatch.setenv("DEPTHDROP_ALLOW_LOOPBACK_LINKS", "1")  # the storage of this test is on this machine
    answer = f"HTTP/1.1 {code} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with HostileServer(lambda connection: connection.send(answer)) as server:
        connections.allowed = {server.address}
        finalized(paid, connections, f"{server.url}/s.jpeg")
    record_property("links", 1)
    record_property("connections", len(connections.forbidden))

    assert connections.tried == [server.address]
    assert paid.outbox() == {}


def test_a_link_to_this_machine_is_followed_only_where_the_local_stack_says_so(
    paid: Stack, connections: Connections
) -> None:
    with HostileServer(whole) as server:
        connections.allowed = {server.address}
        finalized(paid, connections, f"{server.url}/s.jpeg")

    assert connections.tried == []
    assert paid.edit()["state"] == "FAILED"
