"""A result that cannot be fetched is tried again with a fresh link, then reported; no wrong object is stored."""

import socket
from typing import NoReturn

import httpx
import pytest

from tests.unit.aws import Stack
from tests.unit.scripted import EDITED, LINK, PUBLIC_ADDRESS, Scripted, image, picture
from tests.unit.use_cases.acts import ENDS, finish, state_of


@pytest.fixture
def paid(stack: Stack) -> Stack:
    stack.deliver(stack.drop())
    return stack


BAD: dict[str, Scripted] = {
    "expired": image(b"<Error/>", 403),
    "gone": image(b"", 404),
    "storage down": image(b"", 503),
    "redirect": image(b"", 302, {"location": "http://169.254.169.254/"}),
    "html": image(b"<html>sorry</html>", headers={"content-type": "text/html"}),
    "black hole": httpx.ReadTimeout("slow"),
    "truncated": image(EDITED[:-100], headers={"content-length": str(len(EDITED))}),
    "gzip": image(EDITED, headers={"content-encoding": "gzip"}),
    "only magic": image(b"\xff\xd8\xff" + bytes(50)),
    "empty": image(b""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_download_asks_for_a_fresh_link_and_stores_nothing(paid: Stack, name: str) -> None:
    paid.upstream.download_answers.append(BAD[name])

    assert finish(paid) == {"status": "again", "wait_seconds": 2}
    assert (paid.outbox(), paid.edit()["state"], paid.events()) == ({}, "SUBMITTED", [])


def test_the_second_try_waits_longer_and_may_succeed(paid: Stack) -> None:
    paid.upstream.download_answers.append(image(b"", 503))

    assert finish(paid, download_tries=1) == {"status": "again", "wait_seconds": 30}
    assert finish(paid, download_tries=2) == {"status": "done"}
    assert paid.edit()["state"] == "SUCCEEDED"


@pytest.mark.parametrize(("status", "code"), [(403, "link_expired"), (200, "download_failed")])
def test_after_three_tries_the_result_is_told_as_lost(paid: Stack, status: int, code: str) -> None:
    paid.upstream.download_answers.append(image(b"no picture", status))

    assert finish(paid, download_tries=2) == {"status": "done"}
    [event] = paid.events()
    assert (event["data"]["error"]["code"], event["data"]["spend"]["state"]) == (code, "charged")
    assert (paid.edit()["state"], paid.edit()["task_id"], paid.records("slot")) == ("FAILED", "task-1", [])


UNSAFE = [
    "http://delivery.example/s.jpeg",
    "https://user@delivery.example/s.jpeg",
    "file:///etc/passwd",
    "https://delivery.example\\@evil.example/",
]


@pytest.mark.parametrize("link", UNSAFE)
def test_an_unsafe_link_is_never_followed_nor_repeated(paid: Stack, link: str) -> None:
    paid.finalize().handle(state_of(paid, {**ENDS["ready"], "sample": link}))

    [event] = paid.events()
    assert event["data"]["error"]["code"] == "unsafe_link"
    assert "evil" not in event["data"]["error"]["message"]
    assert (paid.upstream.downloads, paid.outbox()) == ([], {})


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1"])
def test_a_link_into_a_private_network_is_never_followed(paid: Stack, address: str) -> None:
    paid.monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (address, 443))])
    finish(paid)

    assert (paid.upstream.downloads, paid.edit()["state"]) == ([], "FAILED")


def test_a_link_on_this_machine_is_followed_only_for_the_local_stack(paid: Stack) -> None:
    paid.monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 9999))])
    paid.monkeypatch.setenv("DEPTHDROP_ALLOW_LOOPBACK_LINKS", "1")
    state = state_of(paid, {**ENDS["ready"], "sample": "http://127.0.0.1:9999/s.jpeg"})

    assert paid.finalize().handle(state) == {"status": "done"}
    assert str(paid.upstream.downloads[0].url) == "http://127.0.0.1:9999/s.jpeg"


def test_a_host_that_cannot_be_found_is_tried_again(paid: Stack) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror

    paid.monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert finish(paid) == {"status": "again", "wait_seconds": 2}
    assert finish(paid, download_tries=2) == {"status": "done"}
    assert [event["data"]["error"]["code"] for event in paid.events()] == ["download_failed"]


def test_the_download_goes_to_the_judged_address_without_the_key(paid: Stack) -> None:
    finish(paid)
    [request] = paid.upstream.downloads

    assert (request.url.host, request.headers["host"]) == (PUBLIC_ADDRESS, "delivery.example")
    assert request.extensions["sni_hostname"] == "delivery.example"
    assert "authorization" not in request.headers
    assert str(request.url) == LINK.replace("delivery.example", PUBLIC_ADDRESS)


def test_the_key_follows_what_the_picture_is_and_not_what_was_asked(paid: Stack) -> None:
    paid.upstream.download_answers.append(image(picture("PNG")))
    finish(paid)

    assert any(key.endswith(".png") for key in paid.outbox())
    [event] = paid.events()
    assert event["data"]["result"]["content_type"] == "image/png"
