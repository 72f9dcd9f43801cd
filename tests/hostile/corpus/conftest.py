import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from local.fake_upstream import FakeUpstream, Settings
from tests.hostile.corpus.inbox_world import World
from tests.support.aws import Stack, _no_real_account, _resources, stack
from tests.support.scripted import KEY, PUBLIC_ADDRESS, ScriptedUpstream

__all__ = ["_no_real_account", "_resources", "fake", "stack", "upstream", "world"]


@pytest.fixture(scope="session")
def fake() -> Iterator[FakeUpstream]:
    """On loopback, and a thousand times as fast as life."""
    with FakeUpstream(Settings(key=SecretStr(KEY), median=1, mean=1, speed=1000, random_seed=7)) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _no_certificates() -> Iterator[None]:
    """All is plain HTTP on loopback; reading the world's certificates for each connection takes longer than it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "httpx._transports.default.create_ssl_context", lambda **_: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        yield


@pytest.fixture
def upstream() -> ScriptedUpstream:
    """Asked for by `stack` and never spoken to: nothing of httpx is replaced here."""
    return ScriptedUpstream()


@pytest.fixture
def world(stack: Stack, fake: FakeUpstream, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    fake.reset()
    stack.names["UpstreamBaseUrl"] = fake.url
    stack.monkeypatch.setenv("DEPTHDROP_ALLOW_LOOPBACK_LINKS", "1")
    made = World(stack, fake, capsys)
    yield made
    made.close()


@pytest.fixture
def scripted(world: World) -> World:
    """With an upstream that answers what no fault of the fake one does."""
    handle = world.stack.upstream.handle
    world.stack.names.pop("UpstreamBaseUrl")
    world.stack.monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(handle))
    world.stack.monkeypatch.setattr(socket, "getaddrinfo", _public)
    return world


def _public(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC_ADDRESS, port))]
