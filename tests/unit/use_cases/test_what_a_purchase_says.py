"""What a purchase says: log lines, and what is counted."""

from typing import Any

import httpx
import pytest

from tests.support.acts import created
from tests.support.aws import PLENTY, Stack
from tests.support.scripted import Scripted, accepted, refused

SUNSET = (
    "flux-pro-1.0-depth was deprecated by its vendor on 2025-10-31 and may be withdrawn at any time; "
    "its successor is flux-kontext-pro."
)


def counted(stack: Stack, *answers: Scripted, message: str = "photo.jpg") -> dict[str, Any]:
    """What a delivery counts, by the metric's name."""
    stack.upstream.post_answers.extend(answers)
    submit = stack.submit()
    submit.purchase.settlement.metrics.clear_metrics()
    list(submit.handle(created(message), lambda: PLENTY))
    found = {name: sum(one["Value"]) for name, one in submit.purchase.settlement.metrics.metric_set.items()}
    submit.purchase.settlement.metrics.clear_metrics()
    return found


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, Any]]]:
    """What submit logged: level, message and extra fields."""
    names = ("outcome", "task_id", "warning", "reason", "seconds", "asked_model")
    fields = [(one, {name: vars(one)[name] for name in names if name in vars(one)}) for one in caplog.records]
    return [(one.levelname, one.getMessage(), more) for one, more in fields if more]


def test_lines_after_the_purchase_name_its_execution(stack: Stack) -> None:
    key = stack.drop()
    submit = stack.submit()
    submit.purchase.settlement.logger.remove_keys(
        ["execution"]
    )  # Powertools keeps one logger for all that a process makes
    list(submit.handle(created(key), lambda: PLENTY))

    assert submit.purchase.settlement.logger.get_current_keys()["execution"] == f"{stack.edit()['edit_id']}-1"


@pytest.mark.parametrize(
    ("answer", "outcome", "task_id", "more"),
    [
        (accepted("task-1"), "Accepted", "task-1", []),
        (refused(400), "RefusedPost", None, []),
        (httpx.ReadError("lost"), "Ambiguous", None, []),
        (httpx.ConnectError("no"), "Unsent", None, [("upstream_unreachable", 60)]),
        (refused(402), "RefusedPost", None, [("balance_empty", 60)]),
        (refused(429), "RefusedPost", None, [("upstream_busy", 30.0)]),
    ],
)
def test_each_request_is_logged_with_its_outcome_and_the_drops_outcome(
    stack: Stack,
    caplog: pytest.LogCaptureFixture,
    answer: Scripted,
    outcome: str,
    task_id: str | None,
    more: list[tuple[str, float]],
) -> None:
    """The task's id is in the log too, as a last copy of it."""
    stack.upstream.post_answers.append(answer)
    stack.deliver(stack.drop())

    assert said(caplog) == [
        ("INFO", "posted", {"outcome": outcome, "task_id": task_id}),
        ("WARNING", "model", {"warning": SUNSET}),
        *(("WARNING", "parked", {"reason": reason, "seconds": seconds}) for reason, seconds in more),
    ]


def test_a_fallback_is_logged_where_it_happens_and_where_it_is_bought(
    opted_in: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    opted_in.upstream.post_answers.append(refused(404))
    opted_in.deliver(opted_in.drop())
    opted_in.deliver("photo.jpg")

    assert [one for one in said(caplog) if one[0] == "WARNING"] == [
        ("WARNING", "model", {"warning": SUNSET}),
        ("WARNING", "fell back", {"asked_model": "flux-pro-1.0-depth"}),
        (
            "WARNING",
            "model",
            {"warning": "flux-pro-1.0-depth was withdrawn; flux-kontext-pro took its place."},
        ),
    ]


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (accepted("task-1"), {"drops": 1, "submitted": 1, "charged_usd": 0.06}),
        (httpx.ReadError("lost"), {"drops": 1, "ambiguous": 1, "charged_but_lost_usd": 0.06}),
        (httpx.ConnectError("no"), {"drops": 1, "parked": 1}),
        (refused(402), {"drops": 1, "parked": 1, "circuit_opened": 1}),
        (refused(429), {"drops": 1, "parked": 1}),
    ],
)
def test_each_end_is_counted(stack: Stack, answer: Scripted, counts: dict[str, int]) -> None:
    stack.drop()

    assert counted(stack, answer) == counts


def test_a_fallback_is_counted(opted_in: Stack) -> None:
    opted_in.drop()

    assert counted(opted_in, refused(404)) == {"drops": 1, "fell_back": 1}
