"""A plain client over real sockets that says in one line what it saw."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from local.fake_upstream import FakeUpstream
from tests.unit.fake_upstream.talk import PICTURE, bearer

PATIENCE = 0.4  # seconds a client waits for an answer: more than any honest one takes
LONGEST = 5.0  # seconds until a test gives a task up


class Client:
    """Posts, polls and downloads; an exception is what it saw, too."""

    def __init__(self, fake: FakeUpstream) -> None:
        self.fake = fake
        self._api = httpx.Client(base_url=f"{fake.url}/flux/v1", headers=bearer(fake.key), timeout=PATIENCE)
        self._storage = httpx.Client(timeout=PATIENCE)

    def close(self) -> None:
        self._api.close()
        self._storage.close()

    def post(self, prompt: str) -> str:
        body = {"prompt": prompt, "control_image": PICTURE}
        return _saw(lambda: self._api.post("/flux-pro-1-0-depth", json=body))

    def poll(self, task_id: str) -> str:
        return _saw(lambda: self._api.get("/get_result", params={"id": task_id}))

    def polls(self, task_id: str, *, enough: int = 0) -> list[str]:
        """What polls saw, repeats left out, until `Ready`, a failure, or `enough` polls."""
        seen: list[str] = []
        began, count = time.monotonic(), 0
        while time.monotonic() - began < LONGEST:
            sight = self.poll(task_id)
            count += 1
            if sight not in seen[-1:]:
                seen.append(sight)
            if sight.endswith(("Ready with a sample", "SUCCESS", "FAILURE")) or count == enough:
                break
            time.sleep(0.02)
        return seen

    def link(self, task_id: str) -> str:
        """The sample's link, by plain polls."""
        began = time.monotonic()
        while time.monotonic() - began < LONGEST:
            answer = self._api.get("/get_result", params={"id": task_id}).json()
            if answer["status"] == "Ready":
                return str(answer["result"]["sample"])
            time.sleep(0.01)
        raise AssertionError("the task never got ready")

    def download(self, link: str, limit: int = 4_000_000) -> str:
        """What a download saw; it stops reading at `limit` bytes."""
        try:
            with self._storage.stream("GET", link) as answer:
                size = 0
                for chunk in answer.iter_bytes():
                    size += len(chunk)
                    if size > limit:
                        return f"{answer.status_code} {answer.headers['content-type']} too much"
        except httpx.HTTPError as error:
            return type(error).__name__
        sent = "nothing" if size == 0 else "a body"
        return f"{answer.status_code} {answer.headers.get('content-type', '-')} {sent}"


def _saw(call: Callable[[], httpx.Response]) -> str:
    try:
        answer = call()
    except httpx.HTTPError as error:
        return type(error).__name__
    wait = f" Retry-After {answer.headers['Retry-After']}" if "Retry-After" in answer.headers else ""
    return f"{answer.status_code}{wait} {_told(answer)}"


def _told(answer: httpx.Response) -> str:
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
        return _task_told(body)
    return ", ".join(sorted(body))


def _task_told(body: dict[str, Any]) -> str:
    result = body["result"] or {}
    if "sample" in result:
        return f"{body['status']} with a {'file' if result['sample'].startswith('file:') else 'sample'}"
    reasons = (body.get("details") or {}).get("Moderation Reasons")
    return f"{body['status']}: {reasons}" if reasons else str(body["status"])
