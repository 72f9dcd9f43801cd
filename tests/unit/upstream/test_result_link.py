"""A result link comes from outside: only HTTPS to the public internet is followed, at the judged address."""

import ipaddress
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.upstream.result_link import Resolver, SafeLink, UnsafeLink, check_link, resolve

PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


def _resolver(*addresses: str) -> Resolver:
    def found(host: str, port: int) -> Sequence[str]:
        assert host
        assert 0 < port < 65536
        return addresses

    return found


def _numeric(host: str, port: int) -> Sequence[str]:
    """As the system reads numbers in any spelling; nobody is asked."""
    assert 0 < port < 65536
    if ":" in host:
        return [host]
    host.encode("idna")  # getaddrinfo does so first
    return [socket.inet_ntoa(socket.inet_aton(host))]


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://delivery.example/a/sample.jpeg?sig=1&x=%20", "delivery.example", 443),
        ("HTTPS://Delivery.Example:8443/a", "delivery.example", 8443),
        ("https://delivery.example:443", "delivery.example", 443),
        ("https://delivery.example/?next=https://user@127.0.0.1/", "delivery.example", 443),
    ],
)
def test_a_public_link_is_followed_at_the_judged_address(url: str, host: str, port: int) -> None:
    link = check_link(url, allow_loopback=False, resolver=_resolver(PUBLIC, PUBLIC_6))

    assert link == SafeLink(url, host, port, PUBLIC)


@pytest.mark.parametrize(
    "address", [PUBLIC, PUBLIC_6, f"::ffff:{PUBLIC}", "64:ff9b::5db8:d70e", f"{PUBLIC_6}%eth0"]
)
def test_every_form_of_a_public_address_is_followed(address: str) -> None:
    assert isinstance(check_link("https://a.example/", allow_loopback=False, resolver=_resolver(address)), SafeLink)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0.0.0.0",  # noqa: S104  # nothing is bound to it
        "0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "2852039166",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "0251.254.0xa9fe",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0177.0.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "[::1]",
        "[::]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:a9fe:a9fe::]",
        "[2001:db8::1]",
        "[fd00:ec2::254]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[100::1]",
    ],
)
def test_an_address_inside_is_never_followed_in_any_spelling(host: str) -> None:
    judged = check_link(f"https://{host}/latest/meta-data", allow_loopback=False, resolver=_numeric)

    assert judged == UnsafeLink("its host is not on the public internet")


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], [PUBLIC, PUBLIC_6, "::1"], ["169.254.169.254", PUBLIC], ["fe80::1%eth0"]],
    ids=str,
)
def test_a_name_with_any_private_address_is_not_followed(addresses: list[str]) -> None:
    judged = check_link("https://innocent.example/", allow_loopback=False, resolver=_resolver(*addresses))

    assert judged == UnsafeLink("its host is not on the public internet")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://delivery.example/a", "it is not HTTPS"),
        ("ftp://delivery.example/a", "it is not HTTPS"),
        ("file:///etc/passwd", "it is not HTTPS"),
        ("gopher://delivery.example/", "it is not HTTPS"),
        ("data:image/png;base64,AAAA", "it is not HTTPS"),
        ("javascript:alert(1)", "it is not HTTPS"),
        ("//delivery.example/a", "it is not HTTPS"),
        ("delivery.example/a", "it is not HTTPS"),
        ("", "it is not HTTPS"),
        ("https:///a", "it names no host"),
        ("https://", "it names no host"),
        ("https:delivery.example", "it names no host"),
        ("https://[vF.example]/", "its host is no address"),
        ("https://[v1.a:b]/", "its host is no address"),
        ("https://user:password@delivery.example/", "it carries a user name"),
        ("https://user@delivery.example/", "it carries a user name"),
        ("https://@delivery.example/", "it carries a user name"),
        ("https://delivery.example@169.254.169.254/", "it carries a user name"),
        ("https://delivery.example\\@169.254.169.254/", "it holds characters that no link holds"),
        ("https://delivery.example/\\..", "it holds characters that no link holds"),
        ("https://delivery.example/a b", "it holds characters that no link holds"),
        ("https://delivery.example/a\r\nHost: x", "it holds characters that no link holds"),
        ("https://delivery.example/a\tb", "it holds characters that no link holds"),
        ("https://delivery.example/\0", "it holds characters that no link holds"),
        ("https://delivery.example/\x7f", "it holds characters that no link holds"),
        (" https://delivery.example/", "it holds characters that no link holds"),
        ("https://deliv\u00e9ry.example/", "it holds characters that no link holds"),
        ("https://\u2488\u2488\u2488\u2488/", "it holds characters that no link holds"),
        ("https://delivery.example:65536/", "it is not a URL"),
        ("https://delivery.example:x/", "it is not a URL"),
        ("https://[::1/", "it is not a URL"),
    ],
    ids=repr,
)
def test_the_host_of_a_dishonest_link_is_not_resolved(url: str, reason: str) -> None:
    def resolver(host: str, port: int) -> Sequence[str]:
        raise AssertionError(f"{host}:{port} was looked up")

    assert check_link(url, allow_loopback=False, resolver=resolver) == UnsafeLink(reason)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example"])
def test_a_host_that_is_no_name_is_not_followed(host: str) -> None:
    judged = check_link(f"https://{host}/", allow_loopback=False, resolver=_numeric)

    assert judged == UnsafeLink("its host is no name")


def test_a_host_without_an_address_is_not_followed() -> None:
    judged = check_link("https://a.example/", allow_loopback=False, resolver=_resolver())

    assert judged == UnsafeLink("its host has no address")


def test_a_name_that_does_not_resolve_may_resolve_later() -> None:
    def resolver(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(f"{host}:{port}")

    with pytest.raises(OSError, match=r"a\.example:443"):
        check_link("https://a.example/", allow_loopback=False, resolver=resolver)


def test_a_reason_never_repeats_the_link() -> None:
    for url in ("http://secret.example/", "https://secret@x/", "https://secret:x/", "https://10.0.0.1/secret"):
        judged = check_link(url, allow_loopback=False, resolver=_numeric)
        assert isinstance(judged, UnsafeLink)
        assert "secret" not in judged.reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/a", "http://[::1]:8000/a", "https://127.0.0.1/a"])
def test_the_local_stack_may_follow_links_to_its_own_machine(url: str) -> None:
    assert isinstance(check_link(url, allow_loopback=True, resolver=_numeric), SafeLink)


@pytest.mark.parametrize(
    "url", ["http://93.184.215.14/", "http://10.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/"]
)
def test_the_local_stack_may_follow_nothing_else_that_others_may_not(url: str) -> None:
    assert isinstance(check_link(url, allow_loopback=True, resolver=_numeric), UnsafeLink)


MACHINE = "host.docker.internal"


@pytest.mark.parametrize("address", ["172.17.0.1", "192.168.65.254", "127.0.0.1", "fdc4:f303:9324::254"])
def test_a_function_in_a_container_may_follow_links_to_the_machine_it_runs_on(address: str) -> None:
    url = f"http://{MACHINE}:8000/a/sample.jpeg"
    judged = check_link(url, allow_loopback=False, this_machine=MACHINE, resolver=_resolver(address))

    assert judged == SafeLink(url, MACHINE, 8000, address)


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        (f"http://{MACHINE}:8000/", [PUBLIC]),  # a name server lies
        (f"http://{MACHINE}:8000/", ["172.17.0.1", PUBLIC]),
        (f"http://{MACHINE}/latest/meta-data", ["169.254.169.254"]),
        (f"http://{MACHINE}:8000/", ["0.0.0.0"]),  # noqa: S104  # nothing is bound to it
        (f"https://{MACHINE}:8000/", ["172.17.0.1"]),
        (f"http://user@{MACHINE}:8000/", ["172.17.0.1"]),
        (f"http://{MACHINE}.evil.example:8000/", ["172.17.0.1"]),
        ("http://delivery.example/", ["172.17.0.1"]),
        ("http://172.17.0.1:8000/", ["172.17.0.1"]),
        ("http://127.0.0.1:8000/", ["127.0.0.1"]),  # the container itself
        ("https://delivery.example/", ["172.17.0.1"]),
    ],
)
def test_it_may_follow_nothing_else_that_others_may_not(url: str, addresses: list[str]) -> None:
    judged = check_link(url, allow_loopback=False, this_machine=MACHINE, resolver=_resolver(*addresses))

    assert isinstance(judged, UnsafeLink)


@pytest.mark.parametrize("allow_loopback", [False, True])
def test_without_the_setting_a_containers_machine_is_a_name_like_any_other(allow_loopback: bool) -> None:  # noqa: FBT001  # a case
    url = f"http://{MACHINE}:8000/"
    judged = check_link(url, allow_loopback=allow_loopback, resolver=_resolver("172.17.0.1"))

    assert isinstance(judged, UnsafeLink)


def test_every_address_that_the_system_finds_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 443)),
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 443, 0, 2)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert resolve("a.example", 443) == [PUBLIC, "fe80::1"]
    assert isinstance(check_link("https://a.example/", allow_loopback=False), UnsafeLink)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_ever_followed(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    judged = check_link("https://a.example/", allow_loopback=False, resolver=_resolver(str(ip)))

    if not ip.is_global or ip.is_multicast or ip.is_loopback or ip.is_link_local:
        mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
        assert isinstance(judged, UnsafeLink) or (mapped is not None and mapped.is_global)


@given(st.text(max_size=40) | st.text(max_size=40).map("https://{}".format))
def test_no_text_makes_judging_fail(url: str) -> None:
    judged = check_link(url, allow_loopback=False, resolver=_resolver("10.0.0.1"))

    assert isinstance(judged, UnsafeLink)
