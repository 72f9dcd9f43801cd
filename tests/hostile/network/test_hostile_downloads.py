"""Over real connections: what is not the whole picture leaves no object, and nothing holds finalize for long."""

import contextlib
import io
import time
from collections.abc import Callable

import pytest

from depthdrop.upstream import download
from depthdrop.upstream.result_link import SafeLink
from depthdrop.use_cases.download_and_store import UnfetchedError
from tests.hostile.network.download_server import HANG_SECONDS, HostileServer, Manner
from tests.hostile.network.downloads import DOWNLOADS, GENUINE, MAX_BYTES
from tests.support.acts import ENDS, state_of
from tests.support.aws import Stack
from tests.support.scripted import EDITED

pytestmark = pytest.mark.sockets

Record = Callable[[str, object], None]
_TOTAL_SECONDS = 1.0
_READ_SECONDS = 0.6


@pytest.fixture(autouse=True)
def _here(paid: Stack) -> None:
    paid.monkeypatch.setenv("DEPTHDROP_ALLOW_LOOPBACK_LINKS", "1")  # the storage of these tests is on this machine
    paid.monkeypatch.setattr(download, "MAX_BYTES", MAX_BYTES)


@pytest.fixture
def _shorter(paid: Stack) -> None:
    """The same deadline with a smaller number, which a hostile server outlasts a hundred times."""
    paid.monkeypatch.setattr(download, "LONGEST_SECONDS", _TOTAL_SECONDS)


def finalized(paid: Stack, manner: Manner, *, fresh_links: bool = False) -> tuple[dict[str, object] | None, float]:
    """What finalize makes of it, None for trouble, and how long that takes. Poll has the same link, or none.

    However slow the machine: no client outlasts a server that is slower than the deadline.
    """
    with HostileServer(manner) as server:
        found = {**ENDS["ready"], "sample": f"{server.url}/s.jpeg"}
        use_case = paid.finalize(lambda _: found if fresh_links else None)
        state = state_of(paid, found)
        began = time.monotonic()
        outcome: dict[str, object] | None = None
        with contextlib.suppress(UnfetchedError):
            outcome = use_case.handle(state)
        assert not server.outlasted
        return outcome, time.monotonic() - began


@pytest.mark.usefixtures("_shorter")
@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_hostile_download_leaves_no_object_and_is_over_in_time(
    paid: Stack, name: str, record_property: Record
) -> None:
    paid.monkeypatch.setattr(download, "_READ_SECONDS", _READ_SECONDS)
    outcome, seconds = finalized(paid, DOWNLOADS[name])
    stored = paid.outbox()
    record_property("downloads", 1)
    record_property("corrupt", len(stored))
    record_property("most_seconds_late", max(0.0, round(seconds - _TOTAL_SECONDS, 2)))

    assert outcome is None
    assert (stored, paid.edit()["state"]) == ({}, "SUBMITTED")


@pytest.mark.usefixtures("_shorter")
@pytest.mark.parametrize("name", ["headers that drip", "chunks that drip", "a body without a length that drips"])
def test_a_slow_download_is_reported_as_too_slow(paid: Stack, name: str) -> None:
    # Otherwise a server that is held up is reported instead.
    paid.monkeypatch.setattr(download, "_READ_SECONDS", HANG_SECONDS)
    with HostileServer(DOWNLOADS[name]) as server:
        link = SafeLink(f"{server.url}/s.jpeg", "127.0.0.1", server.address[1], "127.0.0.1")

        assert download.download(link, io.BytesIO()) == download._TOO_SLOW


@pytest.mark.parametrize("name", GENUINE)
def test_a_genuine_download_is_stored_byte_by_byte(paid: Stack, name: str, record_property: Record) -> None:
    outcome, _ = finalized(paid, GENUINE[name])
    [stored] = [content for key, content in paid.outbox().items() if not key.endswith(".json")]
    record_property("genuine", 1)

    assert outcome == {"status": "done"}
    assert stored == EDITED


def test_the_last_try_ends_in_a_code_and_keeps_the_task(paid: Stack) -> None:
    finalized(paid, DOWNLOADS["truncated"], fresh_links=True)
    [event] = paid.events()

    assert (event["data"]["error"]["code"], paid.edit()["task_id"]) == ("download_failed", "task-1")
    assert paid.outbox() == {}
