"""Kills a process at one of the changes it makes outside, or makes that call fail.

To be killed before one change is to be killed after the last one, and a read leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient

from tests.support.aws import Stack
from tests.support.fates import READS, Caller, Fate, Killed, Outside

MODES = (Fate.KILLED_AFTER, Fate.NEVER_ARRIVED, Fate.ANSWER_LOST, Fate.SDK_RETRY)


@dataclass
class Fault(Caller):
    """What happens at the change of this number; `calls` are the names of all that were made."""

    number: int
    mode: Fate
    calls: list[str] = field(default_factory=list)

    def stop(self, name: str) -> Fate:
        if name.startswith(READS):
            return Fate.WELL
        self.calls.append(name)
        return self.mode if len(self.calls) - 1 == self.number else Fate.WELL


def run(stack: Stack, fault: Fault, act: Callable[[], object]) -> None:
    """Do something with a fault in it, and survive its result."""
    made: Callable[..., Any] = vars(BaseClient)["_make_api_call"]
    handle, outside = stack.upstream.handle, Outside(fault)

    def call(self: Any, name: str, arguments: dict[str, Any]) -> Any:
        return outside.around(name, lambda: made(self, name, arguments))

    def exchange(request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = outside.around(request.method, lambda: handle(request), _http_lost, repeats=False)
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
    fault = Fault(-1, Fate.WELL)
    run(stack, fault, act)
    return fault.calls


def every(names: list[str], modes: tuple[Fate, ...] = MODES) -> pytest.MarkDecorator:
    """Each of these changes in each mode; a separate test checks that an undisturbed run makes exactly these."""
    places = [(number, mode) for number in range(len(names)) for mode in modes]
    ids = [f"{names[number]}-{number}-{mode}" for number, mode in places]
    return pytest.mark.parametrize(("number", "mode"), places, ids=ids)


def _http_lost(*, arrived: bool) -> Exception:
    return httpx.ReadError("lost") if arrived else httpx.ConnectError("lost")
