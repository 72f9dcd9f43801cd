"""Requests to a loopback port from a web page or a rebound name are recognised by their headers alone."""

import stat
from pathlib import Path

import pytest

from local.runs.files import write_private
from local.stack.loopback_only import refusal

HOSTS = {"127.0.0.1:8000", "localhost:8000"}
OWN = ("Host", "127.0.0.1:8000")
PICTURE = [OWN, ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")]


def judged(*headers: tuple[str, str], method: str = "GET", pictures: bool = False) -> str | None:
    sent = [(name.lower().encode(), value.encode()) for name, value in headers]
    return refusal(method, sent, HOSTS, pictures=pictures)


@pytest.mark.parametrize(
    "headers",
    [
        [OWN],
        [("Host", "LOCALHOST:8000")],
        [OWN, ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")],
        [OWN, ("Sec-Fetch-Site", "same-origin"), ("Origin", "http://127.0.0.1:8000")],
    ],
    ids=repr,
)
def test_a_client_of_this_machine_is_accepted(headers: list[tuple[str, str]]) -> None:
    assert judged(*headers) is None


@pytest.mark.parametrize(
    "hosts",
    [
        [],  # HTTP/1.0
        ["evil.example"],
        ["evil.example:8000"],
        ["127.0.0.1"],
        ["127.0.0.1:8001"],
        ["127.0.0.1:8000.evil.example"],
        ["127.0.0.2:8000"],
        ["localhost.:8000"],
        ["host.docker.internal:8000"],
        ["[::1]:8000"],
        [""],
        ["127.0.0.1:8000", "evil.example"],
        ["127.0.0.1:8000", "127.0.0.1:8000"],
    ],
    ids=repr,
)
def test_a_host_that_is_not_this_port_is_refused_and_the_right_host_is_named(hosts: list[str]) -> None:
    assert judged(*(("Host", host) for host in hosts)) == (
        "The Host header must be 127.0.0.1:8000 or localhost:8000."
    )


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://127.0.0.1:8001")],  # another server of this machine
        [("Origin", "")],
        [("Origin", "http://127.0.0.1:8000"), ("Origin", "https://evil.example")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "some-new-word")],
        [("Access-Control-Request-Method", "POST")],
        [("Access-Control-Request-Headers", "authorization")],
        [("Access-Control-Request-Private-Network", "true")],
    ],
    ids=repr,
)
@pytest.mark.parametrize("pictures", [False, True])
def test_a_request_of_a_page_of_another_site_is_refused(headers: list[tuple[str, str]], pictures: bool) -> None:  # noqa: FBT001  # a case
    assert judged(OWN, *headers, pictures=pictures) is not None


def test_another_site_may_show_a_picture_only_where_pictures_are_served() -> None:
    assert judged(*PICTURE, pictures=True) is None
    assert judged(*PICTURE, method="HEAD", pictures=True) is None
    assert judged(*PICTURE) is not None
    assert judged(*PICTURE, method="POST", pictures=True) is not None
    assert judged(*PICTURE, ("Origin", "https://evil.example"), pictures=True) is not None
    for at, other in ((2, ("Sec-Fetch-Mode", "cors")), (3, ("Sec-Fetch-Dest", "script"))):
        assert judged(*PICTURE[:at], other, *PICTURE[at + 1 :], pictures=True) is not None


def test_only_the_owner_can_read_a_private_file_and_it_replaces_a_link(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "private.json"
    elsewhere.write_text("mine")
    path.symlink_to(elsewhere)
    write_private(path, "secret")

    assert (path.read_text(), elsewhere.read_text()) == ("secret", "mine")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one.name for one in tmp_path.iterdir()} == {"elsewhere", "private.json"}
