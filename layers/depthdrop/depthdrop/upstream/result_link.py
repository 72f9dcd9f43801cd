"""Decides whether a result link may be followed. It comes from outside, so it may point anywhere.

Only HTTPS to public addresses is allowed. The connection is then made to the address that was judged, so a name
that resolves to another address after the check gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

Resolver = Callable[[str, int], Sequence[str]]
_HTTPS_PORT = 443
# Of IPv6 only global unicast addresses (RFC 4291). An address that wraps an IPv4 address is judged by the latter.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class SafeLink:
    """A link whose host was resolved and judged: connect to `address`, send requests for `host`."""

    url: str
    host: str
    port: int
    address: str


@dataclass(frozen=True, slots=True)
class UnsafeLink:
    """A link that must not be followed, and why. The link itself is never logged."""

    reason: str


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host name. Raises OSError when there is none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def check_link(
    url: str, *, allow_loopback: bool, this_machine: str | None = None, resolver: Resolver = resolve
) -> SafeLink | UnsafeLink:
    """Resolve and judge the link.

    `allow_loopback` is for the local stack, whose upstream runs on this machine. `this_machine` is the name, with a
    private address, under which a function in a container reaches that upstream.

    Raises OSError when the name does not resolve, which may be temporary; an unsafe link stays unsafe.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (_HTTPS_PORT if parts.scheme == "https" else 80)
    except ValueError:
        return UnsafeLink("it is not a URL")
    local = parts.scheme == "http" and this_machine is not None and parts.hostname == this_machine
    complaint = _complaint(url, parts, allow_plain=allow_loopback or local)
    if complaint or parts.hostname is None:
        return UnsafeLink(complaint or "it names no host")
    try:
        addresses = resolver(parts.hostname, port)
    except UnicodeError:  # a label of no or of more than 63 letters
        return UnsafeLink("its host is no name")
    for address in addresses:
        ip = ipaddress.ip_address(address.partition("%")[0])
        own = (allow_loopback and ip.is_loopback) or (local and _is_beside(ip))
        if not (own or (_is_public(ip) and parts.scheme == "https")):
            return UnsafeLink("its host is not on the public internet")
    if not addresses:
        return UnsafeLink("its host has no address")
    return SafeLink(url, parts.hostname, port, addresses[0])


def _complaint(url: str, parts: SplitResult, *, allow_plain: bool) -> str | None:
    if not url.isascii() or any(char <= " " or char in "\\\x7f" for char in url):
        return "it holds characters that no link holds"
    if "[" in parts.netloc and not _is_ipv6(parts.hostname or ""):  # RFC 3986 keeps brackets for later versions too
        return "its host is no address"
    if parts.username is not None or parts.password is not None:
        return "it carries a user name"
    if parts.scheme == "https" or (parts.scheme == "http" and allow_plain):
        return None
    return "it is not HTTPS"


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_beside(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether a container's host may have this address; the metadata service of a cloud's machine never has it."""
    return ip.is_private and not (ip.is_link_local or ip.is_unspecified)


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    if ip.ipv4_mapped is not None:
        return _is_public(ip.ipv4_mapped)
    if ip in _NAT64:
        return _is_public(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
    return ip in _GLOBAL_UNICAST and ip.is_global and not (ip.sixtofour or ip.teredo)
