import socket

import httpx
import pytest

from tests.hostile.network.connections import Connections
from tests.support.aws import Stack, _no_real_account, _resources, stack, upstream
from tests.support.scripted import PICTURE

__all__ = ["_no_real_account", "_resources", "connections", "paid", "stack", "upstream"]

_REAL = httpx.HTTPTransport
_REAL_GETADDRINFO = socket.getaddrinfo


@pytest.fixture
def paid(stack: Stack) -> Stack:
    """An edit whose result is waited for. From here on httpx is the real one, and its sockets too."""
    stack.put("photo.txt", b"a watercolour")
    stack.put("photo.jpg", PICTURE)
    stack.deliver("photo.jpg")
    stack.monkeypatch.setattr(httpx, "HTTPTransport", _REAL)
    stack.monkeypatch.setattr(socket, "getaddrinfo", _REAL_GETADDRINFO)
    return stack


@pytest.fixture
def connections() -> Connections:
    return Connections()
