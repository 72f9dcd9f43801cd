"""Growth of peak memory with the picture: over the same handler, in the same fresh process, after a small job."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.bench_pictures import KIB, MIB, jpeg
from tests.bench.figures import PAIRS, Figure, middle
from tests.bench.here import INBOX, Here, Job, dropped, here

IMAGE_BYTES, RESULT_BYTES = 20 * MIB, 100 * MIB
MOST_MIB = 16.0
_TARGET = f"at most {MOST_MIB:.0f} MiB"

Event = dict[str, Any]


def figures(pairs: int = PAIRS) -> list[Figure]:
    """Medians; what is compared is measured one after the other.

    The largest of ours must meet the target, and the smallest of a peer's miss it: else nothing was measured.
    """
    with here() as place:
        submits = [_submits(place, number) for number in range(pairs)]
        finalizes = [_finalizes(place, number) for number in range(pairs)]
    return [
        *_compared("submit of a 20 MiB picture in MiB", submits),
        *_compared("finalize of a 100 MiB result in MiB", finalizes),
    ]


def _compared(name: str, measured: list[tuple[float, float, float]]) -> Iterator[Figure]:
    ours, peer_a, peer_b = zip(*measured, strict=True)
    for peer, theirs in (("A", peer_a), ("B", peer_b)):
        kept = max(ours) <= MOST_MIB < min(theirs)
        yield Figure(f"memory of {name} (peer {peer})", middle(ours), middle(theirs), _TARGET, kept)


def _growth(job: Job, small: Event, large: Event, check: Callable[[], bool]) -> float:
    """MiB. Raises RuntimeError when the large job did not do what it is for."""
    with job:
        before = job.handle(small).peak_mib
        after = job.handle(large).peak_mib
    if not check():
        raise RuntimeError(f"the large job came to nothing: {large}")
    return after - before


def _submits(place: Here, number: int) -> tuple[float, float, float]:
    shade = 10 * number
    for who in ("ours", "a", "b"):
        place.drop(f"{who}{number}/small.jpg", jpeg(KIB, shade))
        place.drop(f"{who}{number}/large.jpg", jpeg(IMAGE_BYTES, shade))
    place.upstream.result_bytes = KIB
    sent = hashlib.sha256(jpeg(IMAGE_BYTES, shade)).hexdigest()

    def arrived() -> bool:
        return place.upstream.seen.pop() == sent

    small, large = (f"{number}/{size}.jpg" for size in ("small", "large"))
    return (
        _growth(place.ours("submit"), dropped(f"ours{small}"), dropped(f"ours{large}"), arrived),
        _growth(place.peer("one_lambda"), _created(f"a{small}"), _created(f"a{large}"), arrived),
        _growth(place.peer("job_poller", "submit"), _detail(f"b{small}"), _detail(f"b{large}"), arrived),
    )


def _finalizes(place: Here, number: int) -> tuple[float, float, float]:
    folder = f"paid{number}"
    keys = [f"{folder}/{size}.jpg" for size in ("small", "large")]
    with place.ours("submit") as submit:
        for shade, key in enumerate(keys):
            place.drop(key, jpeg(KIB, 2 * number + shade))
            submit.handle(dropped(key))
    edits = place.edits()
    small, large = (_ready(edits[key], place, size) for key, size in zip(keys, (KIB, RESULT_BYTES), strict=True))

    def stored() -> bool:
        s3 = place.emulator.client("s3")
        found = [key for key, size in place.stored().items() if key.startswith(folder) and size == RESULT_BYTES]
        for key in found:  # the emulator need not keep them
            s3.delete_object(Bucket=place.names["OutboxBucket"], Key=key)
        return len(found) == 1

    ours = _growth(place.ours("finalize"), small, large, stored)
    return ours, _peer_a_finalizes(place, keys, stored), _peer_b_finalizes(place, folder, stored)


def _peer_a_finalizes(place: Here, keys: list[str], stored: Callable[[], bool]) -> float:
    place.upstream.result_bytes = KIB
    with place.peer("one_lambda") as job:
        before = job.handle(_created(keys[0])).peak_mib
        place.upstream.result_bytes = RESULT_BYTES
        after = job.handle(_created(keys[1])).peak_mib
    if not stored():
        raise RuntimeError("peer A stored nothing")
    return after - before


def _peer_b_finalizes(place: Here, folder: str, stored: Callable[[], bool]) -> float:
    small, large = (
        {"stem": f"{folder}/{size}", "sample": place.upstream.sample(size)} for size in (KIB, RESULT_BYTES)
    )
    return _growth(place.peer("job_poller", "finalize"), small, large, stored)


def _ready(edit: Event, place: Here, size: int) -> Event:
    """The execution's state when its result is ready."""
    kept = {name: edit[name] for name in ("edit_id", "task_id", "attempt")}
    kept["submitted_at"] = float(edit["submitted_at"])
    return {**kept, "outcome": {"status": "ready", "sample": place.upstream.sample(size)}}


def _created(key: str) -> Event:
    """S3's own event."""
    return {"Records": [{"s3": {"bucket": {"name": INBOX}, "object": {"key": key}}}]}


def _detail(key: str) -> Event:
    """EventBridge's."""
    return {"detail": {"bucket": {"name": INBOX}, "object": {"key": key}}}
