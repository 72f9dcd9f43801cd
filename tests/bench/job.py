"""One warm Lambda in a process of its own: `job.py FILE HANDLER`; an event a line in, what it took a line out.

It imports nothing besides what the handler does, so that its memory is the handler's.
"""

import importlib.util
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any


class Context:
    """The context that Lambda passes to a handler."""

    function_name = "bench"
    memory_limit_in_mb = 1024
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"

    def get_remaining_time_in_millis(self) -> int:
        return 85_000


def peak_mib() -> float:
    """The most memory that was resident in this program: ru_maxrss would begin with that of who started it."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS counts bytes


def main(file: str, name: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a handler prints is its log
    _lift_cap()
    spec = importlib.util.spec_from_file_location("app", file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = getattr(module, name)
    counted = _counted if os.environ.get("BENCH_COUNTS") else _uncounted
    for line in sys.stdin:
        event = json.loads(line)
        began, cpu = time.monotonic(), time.process_time()
        answer, counts = counted(partial(handler, event, Context()))
        took = {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - cpu}
        answers.write(json.dumps({"answer": answer, "peak_mib": peak_mib(), "counts": counts, **took}) + "\n")
        answers.flush()


def _uncounted(work: Callable[[], Any]) -> tuple[Any, None]:
    return work(), None


def _counted(work: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    """With what was asked of AWS and written to the log. It takes longer, so its times say nothing."""
    from tests.bench.ledger import Ledger  # noqa: PLC0415  # what is not counted must not carry it

    sys.stdout.flush()
    written = os.fstat(1).st_size
    ledger = Ledger()
    with ledger.kept():
        answer = work()
    sys.stdout.flush()
    return answer, {"usage": ledger.usage, "calls": ledger.calls, "log_bytes": os.fstat(1).st_size - written}


def _lift_cap() -> None:
    """The default model takes 15 MiB of picture; the bench also measures more than that."""
    most = os.environ.get("BENCH_BASE64_BYTES")
    if most is not None:
        from depthdrop.settings.models_and_prices import DEPTH  # noqa: PLC0415  # ours alone has it
        from depthdrop.settings.picture_limits import PictureLimits  # noqa: PLC0415

        object.__setattr__(DEPTH, "picture", PictureLimits(max_base64_bytes=int(most)))


if __name__ == "__main__":
    main(*sys.argv[1:])
