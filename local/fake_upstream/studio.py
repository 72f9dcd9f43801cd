"""Pictures are painted in threads, so that the event loop is never blocked.

Samples are kept up to a number of bytes in all; the oldest are removed first, and their links then answer 404.
"""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

WORKERS = 2
KEPT_BYTES = 512 * 1024 * 1024
BIG_PIXELS = 5_000_000  # larger pictures are painted one at a time: each pixel takes about 13 bytes


class Studio:
    """Two threads that paint, and the samples by task id."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fake-upstream-studio")
        self._big_picture = threading.Lock()
        self._samples_lock = threading.Lock()
        self.samples: dict[str, bytes] = {}

    def order(self, task_id: str, pixels: int, paint: Callable[[], bytes]) -> Future[None]:
        """Start painting a picture with this number of pixels; the future fails when `paint` does."""
        return self._pool.submit(self._paint, task_id, pixels, paint)

    def close(self) -> None:
        """Finish the pictures being painted, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _paint(self, task_id: str, pixels: int, paint: Callable[[], bytes]) -> None:
        with self._big_picture if pixels > BIG_PIXELS else contextlib.nullcontext():
            sample = paint()
        with self._samples_lock:
            kept = self.samples
            kept[task_id] = sample
            while len(kept) > 1 and sum(map(len, kept.values())) > KEPT_BYTES:
                kept.pop(next(iter(kept)))
