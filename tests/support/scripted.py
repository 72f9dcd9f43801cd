"""What surrounds the code in unit tests: a clock that tests move, an upstream that answers as scripted."""

import io
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image

NOW = 1_781_078_400  # 2026-06-10 08:00:00 UTC
BASE_URL = "https://api.cometapi.com"
KEY = "sk-unit-test-5f0e1d"
LINK = "https://delivery.example/results/sample.jpeg?sig=s3cr3t"
PUBLIC_ADDRESS = "93.184.216.34"


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 256), shade: int = 120) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (shade, 80, 40)).save(target, format=kind)
    return target.getvalue()


PICTURE = picture()
EDITED = picture(shade=10)


@dataclass
class Clock:
    """Epoch seconds that pass by sleeping and by nothing else."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")  # as time.sleep does
        self.now += seconds


def ready(link: str = LINK) -> httpx.Response:
    return httpx.Response(
        200, json={"id": "t", "status": "Ready", "result": {"sample": link, "seed": 7, "duration": 7.2}}
    )


def status(word: str) -> httpx.Response:
    return httpx.Response(200, json={"id": "t", "status": word, "result": None})


def refused(code: int, message: str = "no", kind: str = "") -> httpx.Response:
    return httpx.Response(code, json={"error": {"message": message, "type": "comet_api_error", "code": kind}})


def image(content: bytes = EDITED, code: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    """An answer that is streamed, as every download is."""
    sent_headers = {"content-type": "image/jpeg", "content-length": str(len(content)), **(headers or {})}
    return httpx.Response(code, stream=httpx.ByteStream(content), headers=sent_headers)


Scripted = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class ScriptedUpstream:
    """Answers each kind of request with what was scripted for it, and well when nothing was."""

    posts: list[httpx.Request] = field(default_factory=list)
    polls: list[httpx.Request] = field(default_factory=list)
    downloads: list[httpx.Request] = field(default_factory=list)
    post_answers: deque[Scripted] = field(default_factory=deque)
    poll_answers: deque[Scripted] = field(default_factory=deque)
    download_answers: deque[Scripted] = field(default_factory=deque)

    def handle(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if request.url.host != httpx.URL(BASE_URL).host:
            self.downloads.append(request)
            return _play(request, self.download_answers, image)
        if request.method == "POST":
            self.posts.append(request)
            return _play(request, self.post_answers, lambda: accepted(f"task-{len(self.posts)}"))
        self.polls.append(request)
        return _play(request, self.poll_answers, ready)

    @property
    def keys_seen(self) -> list[str]:
        return [request.headers["authorization"] for request in (*self.posts, *self.polls)]

    def posted(self, number: int = 0) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.posts[number].content)
        return body


def accepted(task_id: str) -> httpx.Response:
    url = f"{BASE_URL}/flux/v1/get_result?id={task_id}"
    return httpx.Response(200, json={"id": task_id, "polling_url": url})


def _play(request: httpx.Request, script: deque[Scripted], default: Callable[[], httpx.Response]) -> httpx.Response:
    answer = script.popleft() if script else default()
    if isinstance(answer, Exception):
        raise answer
    made = answer if isinstance(answer, httpx.Response) else answer(request)
    if not made.is_stream_consumed:
        return made
    # As from a connection: a body that is still to be read.
    return httpx.Response(made.status_code, headers=made.headers, stream=httpx.ByteStream(made.content))
