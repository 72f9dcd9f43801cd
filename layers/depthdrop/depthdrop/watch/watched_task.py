"""What an execution is told of the task that it is to watch, when that was accepted just now."""

from depthdrop.upstream.outcomes import Accepted
from depthdrop.watch.latency import Latency
from depthdrop.watch.schedule import first_wait


def facts_of_accepted(
    task: Accepted, now: float, deadline: int, latency: Latency, longest_first_wait: float
) -> dict[str, object]:
    """The execution's input. Times are epoch seconds."""
    return {
        "task_id": task.task_id,
        "polling_url": task.polling_url,
        "submitted_at": now,
        "deadline_at": deadline,
        "latency": latency.to_state(),
        "wait_seconds": first_wait(latency, longest_first_wait),
    }
