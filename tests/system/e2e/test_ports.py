"""Every port that a command opens: on loopback alone, as docs/local.md lists them, and gone with the command."""

import os
import socket
import sys
from pathlib import Path

import pytest

from local.one_function import invoke as invoking
from local.one_function.invoke import invoke, served
from local.one_function.one_function import OneFunction
from local.stack.processes import free_port, free_ports
from local.stack.stack import run_folder
from tests.system.e2e.listening import listening, tree
from tests.system.e2e.photographs import photograph
from tests.system.e2e.receivers import closed
from tests.system.e2e.upping import up
from tests.system.workflow.executions import until

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="who listens is read from /proc"),
]

# What debugpy does with ports: a process in a session of its own listens at the address that it is given.
_DEBUGPY = """
import socket, subprocess, sys, time
if "--listen" in sys.argv:
    where = sys.argv[sys.argv.index("--listen") + 1]
    subprocess.Popen([sys.executable, "-S", __file__, where], start_new_session=True)
else:
    address, port = sys.argv[1].split(":")
    waiting = socket.create_server((address, int(port)))
time.sleep(300)
"""


@pytest.fixture
def function(tmp_path: Path) -> OneFunction:
    """One that answers what it is asked."""
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event\n")
    return OneFunction("PollFunction", "poll", "app.handler", tmp_path, 30, 256, {}, "inbox")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[set[tuple[str, int]]]:
    """What was listening in the processes of `make invoke` when the function had answered."""
    found: list[set[tuple[str, int]]] = []
    others, ask = tree(os.getpid()), invoking._post

    def asked_and_looked(port: int, event: bytes, patience: float) -> invoking.Answer:
        answer = ask(port, event, patience)
        found.append({one for pid in tree(os.getpid()) - others for one in listening(pid)})
        return answer

    monkeypatch.setattr(invoking, "_post", asked_and_looked)
    return found


def test_the_runtime_interface_opens_two_loopback_ports_only_while_a_function_is_invoked(
    function: OneFunction, seen: list[set[tuple[str, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = free_ports(2)
    monkeypatch.setattr(invoking, "free_ports", lambda _: ports)
    before = [closed(port) for port in ports]
    with run_folder() as folder:
        answer = invoke(function, b'{"a": 1}', folder)
    after = [closed(port) for port in ports]

    assert answer.body == '{"a": 1}'
    assert seen == [{("127.0.0.1", port) for port in ports}]
    assert before == after == [True, True]


def test_a_debugger_is_waited_for_on_loopback_only_while_a_function_is_invoked(
    function: OneFunction, tmp_path: Path
) -> None:
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    (libraries / "debugpy.py").write_text(_DEBUGPY)
    port = free_port()
    before = closed(port)
    with (
        run_folder() as folder,
        served(function, str(libraries), folder, port) as front,
        socket.create_connection(("127.0.0.1", front)) as asking,
    ):
        asking.sendall(
            b"POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n"
            b"Host: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"
        )
        there = until(lambda: {one for one in listening(os.getpid()) if one[1] == port} or None, "the debugger")

    assert there == {("127.0.0.1", port)}
    assert before
    assert closed(port)


def test_make_up_listens_on_four_loopback_ports_and_no_others(tmp_path: Path) -> None:
    """Looked at when it has edited a picture: by then the functions' own processes are there."""
    with up(tmp_path, SPEED="50") as running:
        (tmp_path / "inbox" / "a.txt").write_text("a watercolour")
        (tmp_path / "inbox" / "a.jpg").write_bytes(photograph())
        until(lambda: list((tmp_path / "outbox").glob("a-*.jp*g")) or None, "a result")
        found = listening(running.pid)

    assert {address for address, _ in found} == {"127.0.0.1"}
    assert len(found) == 4  # the emulator, the page, and the fake upstream's two
    assert all(closed(port) for _, port in found)
