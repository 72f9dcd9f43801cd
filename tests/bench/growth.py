"""Time and memory of a drop in a folder of one object and in a folder of ten thousand: they must be the same."""

from concurrent.futures import ThreadPoolExecutor

from tests.bench.bench_pictures import KIB, jpeg
from tests.bench.figures import Figure, middle
from tests.bench.here import Here, Job, dropped, here

OBJECTS = 10_000
_DROPS = 40  # of each folder, turn by turn
_MOST_RATIO = 1.10
_TARGET = "within 10 % of a folder of 1"


def figures(objects: int = OBJECTS, drops: int = _DROPS) -> list[Figure]:
    """`peer` is the same handler at a folder of one object."""
    with here() as place:
        with ThreadPoolExecutor(8) as hands:
            list(hands.map(lambda number: place.put(f"full/other-{number}.jpg", b""), range(objects)))
        full, lone = (_measured(place, folder, drops) for folder in ("full", "lone"))
        both = _turn_by_turn(place, drops)
    seconds = [_compared(f"processor time of a drop among {objects} objects in ms", *both)]
    return [*seconds, _compared(f"peak memory of drops among {objects} objects in MiB", full, lone)]


def _compared(name: str, full: float, lone: float) -> Figure:
    return Figure(name, full, lone, _TARGET, full <= lone * _MOST_RATIO)


def _turn_by_turn(place: Here, drops: int) -> tuple[float, float]:
    """In one process, so that whatever slows this machine slows both. Milliseconds, medians."""
    took: dict[str, list[float]] = {"full": [], "lone": []}
    with place.ours("submit") as job:
        for number in range(drops + 1):
            for folder, times in took.items():
                times.append(1000 * _drop(place, job, f"{folder}/mine-{number}"))
    full, lone = (middle(times[1:]) for times in took.values())  # the first is warming up
    return full, lone


def _measured(place: Here, folder: str, drops: int) -> float:
    """Peak of a process of its own, in MiB."""
    with place.ours("submit") as job:
        for number in range(drops):
            _drop(place, job, f"{folder}/own-{number}")
        return round(job.handle(dropped(f"{folder}/own-0.jpg")).peak_mib, 2)


def _drop(place: Here, job: Job, stem: str) -> float:
    """Seconds of processor time of a whole submit. The pair goes, so that its folder stays as full as it was."""
    place.drop(f"{stem}.jpg", jpeg(KIB), prompt=stem)
    paid = len(place.upstream.seen)
    took = job.handle(dropped(f"{stem}.jpg")).cpu_seconds
    if len(place.upstream.seen) != paid + 1:
        raise RuntimeError(f"{stem} was not paid for, so it was not measured")
    for suffix in ("jpg", "txt"):
        place.emulator.client("s3").delete_object(Bucket=place.names["InboxBucket"], Key=f"{stem}.{suffix}")
    return took
