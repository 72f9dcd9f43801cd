"""A plain client over real sockets that says in one line what it saw. No clock of the machine decides anything."""

import asyncio
import contextlib
import select
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent import futures
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.fake_upstream import FakeUpstream, Settings
from local.fake_upstream.wire import Reset
from tests.unit.fake_upstream.talk import PICTURE, HandClock, bearer

if TYPE_CHECKING:
    import socket

PATIENCE = 0.4  # seconds of the hand-moved clock for which a client waits for an answer
HANG_SECONDS = 120.0  # real ones; only a test that hangs takes so long
_LONGEST = 5.0  # seconds of the server's clock until a task is given up


class PatientClock(HandClock):
    """Is moved by hand. A sleep that no client waits for makes the server `silent` and lasts until `over`."""

    def __init__(self) -> None:
        super().__init__()
        self.silent, self.over = threading.Event(), threading.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds <= PATIENCE:
            self.time += seconds
            return
        self.silent.set()
        while not self.over.is_set():  # noqa: ASYNC110  # another thread says so
            await asyncio.sleep(0.01)


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator["Client"]:
    """A client and its server, whose clock only they move. A stall too is `silent`, until the client leaves."""
    clock, stall = PatientClock(), Reset.__call__

    async def noted(self: Reset, *connection: Any) -> None:
        if self.seconds > PATIENCE:
            self.seconds = HANG_SECONDS
            clock.silent.set()
        await stall(self, *connection)

    with pytest.MonkeyPatch.context() as patched, FakeUpstream(settings, clock) as fake:
        patched.setattr(Reset, "__call__", noted)
        client = Client(fake, clock.silent)
        yield client
        client.close()
        clock.over.set()


class Client:
    """Posts, polls and downloads; an exception is what it saw, too. It waits for answers until `silent` is set."""

    def __init__(self, fake: FakeUpstream, silent: threading.Event | None = None) -> None:
        self.fake = fake
        self._silent = silent or threading.Event()
        self._api = httpx.Client(base_url=f"{fake.url}/flux/v1", headers=bearer(fake.key), timeout=HANG_SECONDS)
        self._storage = httpx.Client(timeout=HANG_SECONDS)
        self._traced = {one: {"trace": _Patience(self._silent).trace} for one in (self._api, self._storage)}

    def close(self) -> None:
        self._api.close()
        self._storage.close()

    def post(self, prompt: str) -> str:
        body = {"prompt": prompt, "control_image": PICTURE}
        return self._saw("POST", "/flux-pro-1-0-depth", json=body)

    def poll(self, task_id: str) -> str:
        return self._saw("GET", "/get_result", params={"id": task_id})

    def polls(self, task_id: str, *, enough: int = 0) -> list[str]:
        """What polls saw, repeats left out, until `Ready`, a failure, or `enough` polls."""
        self._let_paint(task_id)
        seen: list[str] = []
        count, end = 0, self._now() + _LONGEST
        while self._now() < end:
            sight = self.poll(task_id)
            count += 1
            if sight not in seen[-1:]:
                seen.append(sight)
            if sight.endswith(("Ready with a sample", "SUCCESS", "FAILURE")) or count == enough:
                break
            self._wait(PATIENCE if sight == "ReadTimeout" else 0.02)
        return seen

    def link(self, task_id: str) -> str:
        """The sample's link, by plain polls."""
        self._let_paint(task_id)
        end = self._now() + _LONGEST
        while self._now() < end:
            answer = self._api.get("/get_result", params={"id": task_id}).json()
            if answer["status"] == "Ready":
                return str(answer["result"]["sample"])
            self._wait(0.01)
        raise AssertionError("the task never got ready")

    def download(self, link: str, limit: int = 4_000_000) -> str:
        """What a download saw; it stops reading at `limit` bytes."""
        self._silent.clear()
        try:
            with self._storage.stream("GET", link, extensions=self._traced[self._storage]) as answer:
                size = 0
                for chunk in answer.iter_bytes():
                    size += len(chunk)
                    if size > limit:
                        return f"{answer.status_code} {answer.headers['content-type']} too much"
        except httpx.HTTPError as error:
            return type(error).__name__
        sent = "nothing" if size == 0 else "a body"
        return f"{answer.status_code} {answer.headers.get('content-type', '-')} {sent}"

    def _saw(self, method: str, path: str, **options: Any) -> str:
        self._silent.clear()
        try:
            answer = self._api.request(method, path, extensions=self._traced[self._api], **options)
        except httpx.HTTPError as error:
            return type(error).__name__
        wait = f" Retry-After {answer.headers['Retry-After']}" if "Retry-After" in answer.headers else ""
        return f"{answer.status_code}{wait} {_summary(answer)}"

    def _let_paint(self, task_id: str) -> None:
        """A painter that is later than the task's own time would hold it Pending."""
        task = self.fake.tasks.tasks.get(task_id)
        if task is not None:
            futures.wait([task.painted], HANG_SECONDS)

    def _now(self) -> float:
        return self.fake.clock.now()

    def _wait(self, seconds: float) -> None:
        clock = self.fake.clock
        if isinstance(clock, HandClock):
            clock.time += seconds
        else:
            time.sleep(seconds)


class _Patience:
    """Ends one client's wait for an answer as soon as the server is known to be silent, as a read timeout."""

    def __init__(self, silent: threading.Event) -> None:
        self._silent = silent
        self._socket: socket.socket | None = None

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """www.encode.io/httpcore/extensions/#trace."""
        if event == "connection.connect_tcp.complete":
            self._socket = info["return_value"].get_extra_info("socket")
        if event == "http11.receive_response_headers.started" and self._socket is not None:
            while not select.select([self._socket], [], [], 0.01)[0]:
                if self._silent.is_set():
                    raise httpx.ReadTimeout("nothing comes any more")


def _summary(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return "elsewhere"
    try:
        body: Any = answer.json()
    except ValueError:
        return "html" if answer.headers["content-type"].startswith("text/html") else "junk"
    if "error" in body:
        return f"error {body['error']['code']}".strip()
    if "data" in body:
        return f"wrapped {body['data']['status']}"
    if "status" in body and "id" in body and "result" in body:
        return _task_summary(body)
    return ", ".join(sorted(body))


def _task_summary(body: dict[str, Any]) -> str:
    result = body["result"] or {}
    if "sample" in result:
        return f"{body['status']} with a {'file' if result['sample'].startswith('file:') else 'sample'}"
    reasons = (body.get("details") or {}).get("Moderation Reasons")
    return f"{body['status']}: {reasons}" if reasons else str(body["status"])
