"""Pictures are painted in threads, so that the event loop only ever waits.

Finished samples are kept up to a number of bytes; the oldest go first, and their links then answer 404.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from local.fake_upstream.pictures import Picture
from local.fake_upstream.restyle import restyle

WORKERS = 2
KEPT_BYTES = 512 * 1024 * 1024
BIG_PIXELS = 5_000_000  # above this one picture at a time: about 13 bytes a pixel are in flight


class Studio:
    """Two painters and a shelf."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fake-upstream-studio")
        self._one_big = threading.Lock()
        self._shelf_lock = threading.Lock()
        self._shelf: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = kept_bytes

    def order(
        self,
        task_id: str,
        picture: Picture | None,
        prompt: str,
        seed: int,
        size: tuple[int, int] | None,
        kind: str,
    ) -> "Future[None]":
        """Start painting; the future fails when the picture cannot be decoded."""
        return self._pool.submit(self._paint, task_id, picture, prompt, seed, size, kind)

    def sample(self, task_id: str) -> bytes | None:
        """The finished picture, unless it was thrown out."""
        with self._shelf_lock:
            return self._shelf.get(task_id)

    def clear(self) -> None:
        """Throw all pictures out."""
        with self._shelf_lock:
            self._shelf.clear()

    def close(self) -> None:
        """Finish the picture at hand and let the painters go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _paint(
        self,
        task_id: str,
        picture: Picture | None,
        prompt: str,
        seed: int,
        size: tuple[int, int] | None,
        kind: str,
    ) -> None:
        width, height = size or ((picture.width, picture.height) if picture else (1024, 1024))
        source = picture.width * picture.height if picture else 0
        data = picture.data if picture else None
        if max(width * height, source) > BIG_PIXELS:
            with self._one_big:
                sample = restyle(data, prompt, seed, size, kind)
        else:
            sample = restyle(data, prompt, seed, size, kind)
        with self._shelf_lock:
            self._shelf[task_id] = sample
            while len(self._shelf) > 1 and sum(map(len, self._shelf.values())) > self._kept_bytes:
                self._shelf.popitem(last=False)
