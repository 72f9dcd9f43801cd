"""How long a file waits alone: for its counterpart, then for an event that is late. Pure; times in seconds."""

LOOK_AGAIN_SECONDS = 600  # a file that could not be judged is looked at again
EVENT_SECONDS = 16 * 24 * 3600  # by then no event of the counterpart can come, not even from a dead letter


def report_at(now: float, unpaired_minutes: int) -> int:
    """When a file that came just now is reported as unpaired: after `UnpairedMinutes`, in epoch seconds."""
    return int(now) + unpaired_minutes * 60
