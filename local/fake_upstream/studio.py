"""Pictures are painted in threads, so that the event loop only ever waits.

Finished samples are kept up to a number of bytes; the oldest go first, and their links then answer 404.
"""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

WORKERS = 2
KEPT_BYTES = 512 * 1024 * 1024
BIG_PIXELS = 5_000_000  # above this one picture at a time: about 13 bytes a pixel are in flight


class Studio:
    """Two painters and their finished samples, by task id."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fake-upstream-studio")
        self._one_big = threading.Lock()
        self._making_room = threading.Lock()
        self.samples: dict[str, bytes] = {}

    def order(self, task_id: str, pixels: int, paint: Callable[[], bytes]) -> Future[None]:
        """Start painting a picture of so many pixels; the future fails when `paint` does."""
        return self._pool.submit(self._paint, task_id, pixels, paint)

    def close(self) -> None:
        """Finish the picture at hand and let the painters go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _paint(self, task_id: str, pixels: int, paint: Callable[[], bytes]) -> None:
        with self._one_big if pixels > BIG_PIXELS else contextlib.nullcontext():
            sample = paint()
        with self._making_room:
            kept = self.samples
            kept[task_id] = sample
            while len(kept) > 1 and sum(map(len, kept.values())) > KEPT_BYTES:
                kept.pop(next(iter(kept)))
