"""Kills a process at one of the changes it makes outside, or makes that call fail.

To be killed before one change is to be killed after the last one, and a read leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from tests.support.aws import Stack

KILLED = "killed after"
NEVER_ARRIVED = "never arrived"
ANSWER_LOST = "answer lost"
MODES = (KILLED, NEVER_ARRIVED, ANSWER_LOST, "arrived twice")
_READS = ("Get", "Head", "List", "Describe", "Query", "BatchGet")


class Killed(BaseException):
    """The process is gone. Nothing that it would still do happens."""


@dataclass
class Fault:
    """What happens at the change of this number; `calls` are the names of all that were made."""

    number: int
    mode: str
    dead: bool = False
    calls: list[str] = field(default_factory=list)

    def around(self, name: str, call: Callable[[], Any], trouble: Callable[[], Exception]) -> Any:
        if self.dead:
            raise Killed
        if name.startswith(_READS):
            return call()
        self.calls.append(name)
        if len(self.calls) - 1 != self.number:
            return call()
        if self.mode == NEVER_ARRIVED:
            raise trouble()
        answer = call()
        if self.mode == "arrived twice" and name != "POST":  # nothing repeats a POST
            return call()
        if self.mode == ANSWER_LOST:
            raise trouble()
        self.dead = self.mode == KILLED
        if self.dead:
            raise Killed
        return answer


def run(stack: Stack, fault: Fault, act: Callable[[], object]) -> None:
    """Do something with a fault in it, and survive its result."""
    made: Callable[..., Any] = vars(BaseClient)["_make_api_call"]
    handle = stack.upstream.handle

    def call(self: Any, name: str, arguments: dict[str, Any]) -> Any:
        lost = EndpointConnectionError if fault.mode == NEVER_ARRIVED else ConnectionClosedError
        return fault.around(name, lambda: made(self, name, arguments), lambda: lost(endpoint_url="https://aws"))

    def exchange(request: httpx.Request) -> httpx.Response:
        lost = httpx.ConnectError if fault.mode == NEVER_ARRIVED else httpx.ReadError
        answer: httpx.Response = fault.around(request.method, lambda: handle(request), lambda: lost("lost"))
        return answer

    with stack.monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", call)
        patched.setattr(stack.upstream, "handle", exchange)
        patched.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(exchange))
        try:
            act()
        except (Killed, Exception):  # noqa: BLE001  # whatever it ends with, the next delivery must cope
            return


def changes(stack: Stack, act: Callable[[], object]) -> list[str]:
    """The changes that an undisturbed run makes."""
    fault = Fault(-1, "none")
    run(stack, fault, act)
    return fault.calls


def every(names: list[str], modes: tuple[str, ...] = MODES) -> pytest.MarkDecorator:
    """Each of these changes in each mode; a separate test checks that an undisturbed run makes exactly these."""
    places = [(number, mode) for number in range(len(names)) for mode in modes]
    ids = [f"{names[number]}-{number}-{mode}" for number, mode in places]
    return pytest.mark.parametrize(("number", "mode"), places, ids=ids)
