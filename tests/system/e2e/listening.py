"""Which TCP and UDP sockets wait for others in a process and everything below it, as Linux lists them."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

_STATES = {"tcp": "0A", "udp": "07"}  # LISTEN; a datagram socket that is connected to nobody
_IPV6 = "an IPv6 address"


def listening(root: int) -> set[tuple[str, int]]:
    """Address and port of every socket on which a process of this tree can be reached."""
    inodes = {inode for pid in tree(root) for inode in _sockets(pid)}
    return {(address, port) for address, port, inode in _open() if inode in inodes}


def tree(root: int) -> set[int]:
    """This process, what it started, and so on; sessions and groups do not matter."""
    parents = {}
    for one in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(one.name)] = int(re.sub(r"^.*\) ", "", (one / "stat").read_text()).split()[1])
        except OSError:
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return set(found)


def _sockets(pid: int) -> Iterator[str]:
    try:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            if match := re.fullmatch(r"socket:\[(\d+)\]", str(handle.readlink())):
                yield match[1]
    except OSError:
        return


def _open() -> Iterator[tuple[str, int, str]]:
    """Address, port and inode of every socket of this machine that waits."""
    for kind, state in _STATES.items():
        for family in ("", "6"):
            table = Path(f"/proc/net/{kind}{family}")
            for line in table.read_text().splitlines()[1:] if table.exists() else ():
                words = line.split()
                address, port = words[1].split(":")
                if words[3] == state:
                    shown = _IPV6 if family else str(IPv4Address(bytes.fromhex(address)[::-1]))
                    yield shown, int(port, 16), words[9]
