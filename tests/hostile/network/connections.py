"""Every connection that this process tries to open, as the interpreter itself reports it."""

import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import Any

_SOCKETS = (socket.AF_INET, socket.AF_INET6)


class Connections:
    """`tried` has the addresses. While `watched`, none but those that are allowed comes about."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, int]] = []
        self.allowed: set[tuple[str, int]] = set()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        _Watch.by = self
        try:
            yield
        finally:
            _Watch.by = None

    @property
    def forbidden(self) -> list[tuple[str, int]]:
        return [one for one in self.tried if one not in self.allowed]

    def note(self, address: tuple[str, int]) -> None:
        self.tried.append(address)
        if address not in self.allowed:
            raise ConnectionRefusedError(f"{address} is not for tests")


class _Watch:
    by: Connections | None = None


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and _Watch.by is not None:
        asking, address = arguments
        if asking.family in _SOCKETS:
            _Watch.by.note(address[:2])


sys.addaudithook(_record)  # it cannot be taken out again, so it is idle while nobody watches
