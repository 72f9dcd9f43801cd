"""A result that cannot be fetched is tried again with a fresh link, then reported; no wrong object is stored."""

import socket
from typing import Any, NoReturn

import httpx
import pytest

from depthdrop.use_cases.download_and_store import UnfetchedError
from tests.support.acts import ENDS, finish, state_of
from tests.support.aws import Stack
from tests.support.scripted import EDITED, LINK, NOW, PUBLIC_ADDRESS, Scripted, image, picture, ready, status


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
def test_after_a_bad_download_the_picture_is_fetched_by_a_fresh_link(paid: Stack, name: str) -> None:
    paid.upstream.download_answers.append(BAD[name])
    paid.upstream.poll_answers.append(ready(f"{LINK}&fresh=1"))

    assert finish(paid) == {"status": "done"}
    assert [request.url.params.get("fresh") for request in paid.upstream.downloads] == [None, "1"]
    assert [content for key, content in paid.outbox().items() if key.endswith(".jpg")] == [EDITED]
    assert [event["type"] for event in paid.events()] == ["depthdrop.edit.succeeded.v1"]


def test_the_second_try_comes_soon_and_the_third_gives_the_storage_time(paid: Stack) -> None:
    at: list[float] = []

    def answered(found: httpx.Response) -> Scripted:
        def answer(_: httpx.Request) -> httpx.Response:
            at.append(paid.clock.now - NOW)
            return found

        return answer

    paid.upstream.download_answers += [answered(image(b"", 503)), answered(image(b"", 503)), answered(image())]

    assert finish(paid) == {"status": "done"}
    assert at == [0, 2, 32]
    assert (paid.edit()["state"], len(paid.upstream.polls)) == ("SUCCEEDED", 2)


@pytest.mark.parametrize(("code", "word"), [(403, "link_expired"), (200, "download_failed")])
@pytest.mark.parametrize("tries_before", [0, 2])  # older versions of the workflow count them
def test_after_three_tries_the_result_is_reported_as_lost(
    paid: Stack, code: int, word: str, tries_before: int
) -> None:
    paid.upstream.download_answers += [image(b"no picture", code) for _ in range(9)]

    assert finish(paid, download_tries=tries_before) == {"status": "done"}
    [event] = paid.events()
    assert (event["data"]["error"]["code"], event["data"]["spend"]["state"]) == (word, "charged")
    assert (paid.edit()["state"], paid.edit()["task_id"], paid.records("slot")) == ("FAILED", "task-1", [])
    assert (len(paid.upstream.downloads), len(paid.upstream.polls)) == (3, 2)
    assert paid.outbox() == {}


@pytest.mark.parametrize(("word", "code"), [("Error", "upstream_failed"), ("Task not found", "task_not_found")])
def test_an_edit_whose_result_the_upstream_lost_meanwhile_ends_as_the_upstream_says(
    paid: Stack, word: str, code: str
) -> None:
    paid.clock.now += 61  # a task that is not found right after submitting is waited for
    paid.upstream.download_answers.append(image(b"", 403))
    paid.upstream.poll_answers.append(status(word))

    assert finish(paid) == {"status": "done"}
    [event] = paid.events()
    assert (event["data"]["error"]["code"], paid.edit()["state"]) == (code, "FAILED")
    assert len(paid.upstream.downloads) == 1


def looking(paid: Stack, *found: dict[str, Any] | None) -> tuple[list[float], Any]:
    """Finalize with these looks, none of which takes time; and when each was taken."""
    at: list[float] = []
    answers = iter(found)

    def look(_: object) -> dict[str, Any] | None:
        at.append(paid.clock.now - NOW)
        return next(answers)

    return at, paid.finalize(look)


def test_a_look_that_brings_nothing_counts_as_a_try(paid: Stack) -> None:
    at, finalize = looking(paid, None, ENDS["ready"])
    paid.upstream.download_answers += [image(b"", 403), image(b"", 403)]

    assert finalize.handle(state_of(paid, ENDS["ready"])) == {"status": "done"}
    assert at == [2, 32]
    assert [event["data"]["error"]["code"] for event in paid.events()] == ["link_expired"]


def test_a_picture_that_the_upstream_did_not_report_lost_is_left_to_the_next_run(paid: Stack) -> None:
    """Poll could not be asked, or the upstream did not answer it: the picture may well be there."""
    _, finalize = looking(paid, ENDS["ready"], None)
    paid.upstream.download_answers += [image(b"", 403), image(b"", 403)]
    state = state_of(paid, ENDS["ready"])

    with pytest.raises(UnfetchedError):
        finalize.handle(state)
    assert (paid.edit()["state"], paid.events(), paid.outbox()) == ("SUBMITTED", [], {})
    assert paid.finalize().handle(state) == {"status": "done"}
    assert paid.edit()["state"] == "SUCCEEDED"


@pytest.mark.parametrize(("left", "looks"), [(251.9, []), (252.1, [2])])
def test_a_try_that_may_not_end_in_time_is_left_to_the_next_run(
    paid: Stack, left: float, looks: list[float]
) -> None:
    """2 s of waiting, 100 for the look, 120 for the download, 30 to store and report it."""
    at, finalize = looking(paid, ENDS["ready"])
    paid.upstream.download_answers += [image(b"", 403), image(b"", 403)]

    with pytest.raises(UnfetchedError, match="no time is left"):
        finalize.handle(state_of(paid, ENDS["ready"]), lambda: left - (paid.clock.now - NOW))
    assert at == looks
    assert (paid.edit()["state"], paid.events()) == ("SUBMITTED", [])


def test_a_fresh_link_is_judged_like_the_first(paid: Stack) -> None:
    paid.upstream.download_answers.append(image(b"", 403))
    paid.upstream.poll_answers.append(ready("https://user@delivery.example/s.jpeg"))
    finish(paid)

    assert [event["data"]["error"]["code"] for event in paid.events()] == ["unsafe_link"]
    assert len(paid.upstream.downloads) == 1


UNSAFE = [
    "http://delivery.example/s.jpeg",
    "https://user@delivery.example/s.jpeg",
    "https://[vF.example]/s.jpeg",
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


@pytest.mark.parametrize(("setting", "followed"), [("1", True), ("0", False), (None, False)])
def test_a_link_on_a_containers_machine_is_followed_only_when_that_is_asked_for(
    paid: Stack,
    setting: str | None,
    followed: bool,  # noqa: FBT001  # a case
) -> None:
    paid.monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("172.17.0.1", 9999))])
    if setting is not None:
        paid.monkeypatch.setenv("DEPTHDROP_ALLOW_CONTAINER_HOST", setting)
    link = "http://host.docker.internal:9999/s.jpeg"

    assert paid.finalize().handle(state_of(paid, {**ENDS["ready"], "sample": link})) == {"status": "done"}
    asked = [(one.url.host, one.headers["host"]) for one in paid.upstream.downloads]
    assert asked == ([("172.17.0.1", "host.docker.internal:9999")] if followed else [])


def test_a_host_that_cannot_be_found_is_tried_again(paid: Stack) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror

    paid.monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert finish(paid) == {"status": "done"}
    assert len(paid.upstream.polls) == 2
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
