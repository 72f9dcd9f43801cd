"""A download is whole, in time, small, and from the named host, however that host behaves."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from depthdrop_webhook import DownloadError, HttpsDownload
from signer.authority import Issued, root
from tests.unit.webhook.delivery import CERTIFICATE_URL, sns

HOST_NAME = "sns.us-east-1.amazonaws.com"
HANG_SECONDS = 120.0  # only a test that hangs takes so long
Play = Callable[[ssl.SSLSocket], None]


@cache
def authority() -> Issued:
    """Valid today: TLS uses the real clock."""
    return root("an authority")


class Host:
    """One end of a pair of sockets, with a certificate for a name; it sends what a test gives it."""

    def __init__(self, folder: Path, names: list[str], authority: Issued) -> None:
        issued = authority.issue(names)
        file = folder / "tls.pem"
        file.write_bytes(issued.key_pem + issued.pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self.received = b""
        self.hosts: list[str] = []

    def playing(self, play: Play) -> Callable[[str, float], socket.socket]:
        def connect(host: str, _: float) -> socket.socket:
            self.hosts.append(host)
            near, far = socket.socketpair()
            threading.Thread(target=self._serve, args=(far, play), daemon=True).start()
            return near

        return connect

    def _serve(self, sock: socket.socket, play: Play) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(sock, server_side=True) as secured:
            while not self.received.endswith(b"\r\n\r\n"):
                self.received += secured.recv(4096)
            play(secured)


def trusting(authority: Issued) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem.decode())


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path, [HOST_NAME], authority())


def saying(*parts: bytes) -> Play:
    def play(sock: ssl.SSLSocket) -> None:
        for part in parts:
            sock.sendall(part)

    return play


def whole(body: bytes, status: bytes = b"200 OK", extra: bytes = b"") -> Play:
    return saying(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % len(body) + extra + b"\r\n" + body)


def test_a_file_is_downloaded_whole_with_one_plain_request(host: Host) -> None:
    download = HttpsDownload(trusting(authority()), host.playing(whole(sns().pem)), HANG_SECONDS)

    assert download(f"{CERTIFICATE_URL}?a=b") == sns().pem
    assert host.hosts == [HOST_NAME]
    assert host.received.startswith(
        b"GET /SimpleNotificationService-0123456789abcdef0123456789abcdef.pem?a=b HTTP/1.1\r\n"
    )
    assert b"\r\nHost: sns.us-east-1.amazonaws.com\r\n" in host.received


def test_a_file_in_chunks_is_joined(host: Host) -> None:
    play = saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n")

    assert HttpsDownload(trusting(authority()), host.playing(play), HANG_SECONDS)(CERTIFICATE_URL) == b"abcde"


@pytest.mark.parametrize(
    ("play", "gone"),
    [
        (whole(b"", b"404 Not Found"), True),
        (whole(b"", b"403 Forbidden"), True),
        (whole(b"", b"500 Oh"), False),
        (whole(b"", b"429 Slow down"), False),
        (whole(b"", b"302 Found", b"Location: https://evil.example/x.pem\r\n"), False),
        (whole(sns().pem, b"206 Partial"), False),
        (whole(b"x" * 70_000), False),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000), False),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf"), False),
        (saying(b"HTTP/1.1 200 OK\r\n\r\nhowever long"), False),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"), False),
        (saying(b"not HTTP\r\n\r\n"), False),
        (saying(b""), False),
    ],
    ids=[
        "not found",
        "forbidden",
        "server error",
        "throttled",
        "redirect",
        "partial",
        "too large",
        "endless headers",
        "truncated",
        "no length",
        "truncated chunk",
        "no HTTP",
        "nothing",
    ],
)
def test_every_other_answer_is_an_error_that_says_whether_the_file_is_gone(
    host: Host,
    play: Play,
    gone: bool,  # noqa: FBT001  # a parameter of pytest's
) -> None:
    with pytest.raises(DownloadError) as error:
        HttpsDownload(trusting(authority()), host.playing(play), HANG_SECONDS)(CERTIFICATE_URL)
    assert error.value.gone is gone
    assert len(host.hosts) == 1


@pytest.mark.parametrize("what", [b"X", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"])
def test_a_slow_answer_ends_at_the_deadline(host: Host, what: bytes) -> None:
    def drip(sock: ssl.SSLSocket) -> None:
        sock.sendall(what)
        end = time.monotonic() + HANG_SECONDS
        while time.monotonic() < end:  # or until the other side has disconnected
            sock.sendall(b"x")
            time.sleep(0.05)

    with pytest.raises(DownloadError, match="TimeoutError"):
        HttpsDownload(trusting(authority()), host.playing(drip), deadline_seconds=0.4)(CERTIFICATE_URL)


def test_a_host_without_a_tls_handshake_ends_at_the_deadline() -> None:
    near, far = socket.socketpair()
    with far, pytest.raises(DownloadError, match="TimeoutError"):
        HttpsDownload(trusting(authority()), lambda *_: near, deadline_seconds=0.2)(CERTIFICATE_URL)


def test_a_certificate_for_another_name_is_not_accepted_for_the_host(tmp_path: Path) -> None:
    host = Host(tmp_path, ["evil.example"], authority())

    with pytest.raises(DownloadError, match="SSLCertVerificationError"):
        HttpsDownload(trusting(authority()), host.playing(whole(sns().pem)), HANG_SECONDS)(CERTIFICATE_URL)
    assert host.received == b""


def test_an_unknown_authority_is_not_trusted(host: Host) -> None:
    with pytest.raises(DownloadError, match="SSLCertVerificationError"):
        HttpsDownload(connect=host.playing(whole(sns().pem)), deadline_seconds=HANG_SECONDS)(CERTIFICATE_URL)
    assert host.received == b""


def test_a_host_that_cannot_be_reached_may_be_tried_again() -> None:
    def refuse(*_: object) -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(DownloadError, match="ConnectionRefusedError") as error:
        HttpsDownload(connect=refuse)(CERTIFICATE_URL)
    assert not error.value.gone
