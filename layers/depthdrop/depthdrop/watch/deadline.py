"""When a task is given up: at its deadline, or when the upstream does not know it. Pure; times in epoch seconds."""

NOT_FOUND_GRACE = 60  # seconds; the contract: tolerate "Task not found" at least this long after submitting


def deadline_of(now: float, deadline_seconds: int) -> int:
    """The deadline of a task that is accepted, or resumed, now; `DeadlineSeconds` is a parameter of the stack."""
    return int(now) + deadline_seconds


def given_up(now: float, submitted_at: float, deadline_at: float, *, is_unknown: bool) -> tuple[str, str] | None:
    """Code and message when the task is looked at no more; None while it may still become ready."""
    if is_unknown and now - submitted_at > NOT_FOUND_GRACE:
        return "task_not_found", "The upstream does not know the task."
    if now >= deadline_at:
        return "deadline_passed", "The upstream had not finished by the deadline."
    return None
