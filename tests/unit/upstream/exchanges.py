"""A request, a clock, and the two ways to ask the upstream."""

from collections.abc import Callable, Iterator

import httpx

from depthdrop.picture.content import Pieces
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.request import PostRequest
from tests.support.scripted import KEY

REQUEST = PostRequest(
    "flux-pro-1-0-depth",
    {"prompt": 'ein "Aquarell"\n\u2028', "steps": 20},
    {"control_image": Pieces.whole(b"\xff\x00")},
)
BODY_CHUNKS = len(list(REQUEST.body()))  # the clock is looked at before each of them


class Ticks:
    """A monotonic clock that moves one step each time it is read."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Drip(httpx.SyncByteStream):
    """A body of so many chunks; `given` counts those that were read."""

    def __init__(self, chunks: int, size: int = 1) -> None:
        self.chunks, self.size, self.given = chunks, size, 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.chunks):
            self.given += 1
            yield b" " * self.size


def ask_for(client: Upstream, ask: str) -> object:
    asks: dict[str, Callable[[], object]] = {
        "post": lambda: client.post(REQUEST, KEY, 30),
        "poll": lambda: client.get_result("task-1", None, KEY, 30),
    }
    return asks[ask]()
