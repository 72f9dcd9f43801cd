"""200 drops at once on the local stack, at the upstream's own pace: real processes, queue, table, state machine."""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from local.fake_upstream import Settings
from local.stack.stack import LocalStack, Options, local_stack
from tests.bench.backlog import SLOTS, Worked
from tests.bench.figures import Figure
from tests.system.e2e.photographs import photograph

DROPS = 200
_LEAST_SHARE = 0.95
_PATIENCE_SECONDS = 900.0
_OPTIONS = Options(
    upstream=Settings(speed=1, random_seed=11),
    parameters={"Slots": str(SLOTS), "SettleSeconds": "0", "FirstWaitSeconds": "60"},
)


def figures() -> Iterable[Figure]:
    """No peer: the plain way has no slots, so all would be at work at once."""
    with local_stack(_OPTIONS) as stack:
        worked = worked_of(_work_off(stack), _most_active(stack))
    share = worked.share_of_ideal(DROPS // 10, DROPS * 9 // 10)
    yield Figure(
        f"local throughput: completions 20 to 180 of {DROPS} as a share of {SLOTS} slots by mean latency",
        round(share, 4),
        None,
        f"at least {_LEAST_SHARE:g}",
        kept=share >= _LEAST_SHARE,
    )
    yield Figure(
        "local throughput: most tasks at work upstream",
        worked.most_active,
        None,
        f"at most {SLOTS}",
        kept=worked.most_active <= SLOTS,
    )


def worked_of(events: list[dict[str, Any]], most_active: int) -> Worked:
    """From the events of success: when each picture was there, and when its task was at work."""
    completed, at_work = [], []
    for event in events:
        timings = event["data"]["timings"]
        submitted, finished = (
            datetime.fromisoformat(timings[name]).timestamp() for name in ("submitted_at", "finished_at")
        )
        completed.append(finished)
        at_work.append((submitted, submitted + timings["upstream_seconds"]))
    return Worked(sorted(completed), at_work, 0.0, most_active)


def _work_off(stack: LocalStack) -> list[dict[str, Any]]:
    """The event of each drop's success. Raises TimeoutError when they do not come."""
    picture = photograph(256, 256)
    for number in range(DROPS):
        stack.put(f"many/{number:03}.txt", f"a watercolour, {number}".encode())
        stack.put(f"many/{number:03}.jpg", picture)
    ends: dict[str, dict[str, Any]] = {}
    began = time.monotonic()
    while len(ends) < DROPS:
        if time.monotonic() - began > _PATIENCE_SECONDS:
            raise TimeoutError(f"{len(ends)} of {DROPS} ended within {_PATIENCE_SECONDS:.0f} s")
        events = [notice["event"] for notice in stack.notices(wait_seconds=5)]
        ends |= {event["subject"]: event for event in events if event["type"].endswith("succeeded.v1")}
    return list(ends.values())


def _most_active(stack: LocalStack) -> int:
    if stack.upstream is None:
        raise TypeError("no bench pays the real upstream")
    most: int = stack.upstream.state["peak_active"]
    return most
