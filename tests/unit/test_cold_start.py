"""What a cold start puts off is there on its first use."""

import gc
import subprocess
import sys

from depthdrop import aws
from local.stack.bundle import ROOT


def test_a_client_that_is_not_used_is_not_made() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("client")
        return "client"

    client = aws.when_needed(make)
    before = list(made)

    assert client.upper() == "CLIENT"
    assert (before, made) == ([], ["client"])


def test_events_are_loaded_with_the_first_use_and_garbage_is_collected_again() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={"PYTHONPATH": str(ROOT / "layers/depthdrop")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.split() == ["False", "False", "message", "True", "True"]
    assert gc.isenabled()


_SCRIPT = """
import gc, sys
from depthdrop import cold_start
from depthdrop.notices import events_later
print(gc.isenabled())
from depthdrop.notices import compose as announce
from depthdrop.notices import events
print("pydantic" in sys.modules)
print(events.Trouble(code="code", message="message", hint="hint").message)
cold_start.finish()
print("pydantic" in sys.modules, gc.isenabled())
"""
