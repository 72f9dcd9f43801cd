"""The definition's expressions, evaluated on the states that submit, poll and finalize make."""

import json
from typing import Any

import pytest

from depthdrop.use_cases.finalize import _RESUME_HINT, _trouble_of
from depthdrop.use_cases.poll import watch_of
from depthdrop.watch.workflow import SCHEMA, facts_of
from tests.support.records import part
from tests.template.definition import Definition, State, evaluate, substituted, substitutions

MAXIMUM_TURNS = int(substitutions()["MaximumTurns"])

LINK = "https://delivery.example/secret-link"
OUTCOMES: dict[str, State] = {
    "pending": {"status": "pending", "wait_seconds": 7},
    "ready": {"status": "ready", "sample": LINK, "seed": 42, "duration_seconds": None},
    "failed": {"status": "failed", "code": "moderated", "message": "The moderation stopped it."},
    "expired": {"status": "expired", "code": "deadline_passed", "message": "Too late."},
}


@pytest.fixture(scope="module")
def states() -> dict[str, State]:
    return Definition(substituted(Definition.read().text)).states


def started(**changes: object) -> State:
    """The input of an execution, as submit and sweep make it."""
    edit = {"task_id": "t-1", "polling_url": None, "submitted_at": 1000.5, "deadline_at": 4600}
    return {"schema": SCHEMA, "edit_id": "e" * 64, "attempt": 1, **facts_of(part(edit)), **changes}


def after_poll(states: dict[str, State], outcome: object, **changes: object) -> Any:
    return evaluate(states["Poll"]["Output"], started(**changes), result={"Payload": outcome})


def after_finalize(states: dict[str, State], answer: object, **changes: object) -> Any:
    return evaluate(states["Finalize"]["Output"], started(**changes), result={"Payload": answer})


def chosen(state: State, value: object) -> str:
    for rule in state["Choices"]:
        met = evaluate(rule["Condition"], value)
        if not isinstance(met, bool):
            raise TypeError(f"Step Functions wants a boolean, not {met!r}")
        if met:
            return str(rule["Next"])
    return str(state["Default"])


def test_the_wait_is_the_number_of_seconds_that_the_state_asks_for(states: dict[str, State]) -> None:
    assert evaluate(states["Wait"]["Seconds"], started(wait_seconds=5)) == 5


def test_poll_and_finalize_get_the_whole_state(states: dict[str, State]) -> None:
    state = started()

    for name in ("Poll", "Finalize"):
        assert evaluate(states[name]["Arguments"]["Payload"], state) == state
    assert watch_of(state).task_id == "t-1"


@pytest.mark.parametrize("status", OUTCOMES)
def test_a_polls_outcome_is_added_to_the_state_and_its_turn_is_counted(
    states: dict[str, State], status: str
) -> None:
    state = after_poll(states, OUTCOMES[status], turns=4)

    assert state == {
        **started(),
        "outcome": OUTCOMES[status],
        "turns": 5,
        "wait_seconds": OUTCOMES[status].get("wait_seconds", 1),
    }


def test_the_first_turn_is_one(states: dict[str, State]) -> None:
    assert after_poll(states, OUTCOMES["pending"])["turns"] == 1


@pytest.mark.parametrize(
    ("status", "turns", "goes_to"),
    [
        ("pending", 1, "Wait"),
        ("pending", MAXIMUM_TURNS - 1, "Wait"),
        ("pending", MAXIMUM_TURNS, "Finalize"),
        ("ready", 1, "Finalize"),
        ("failed", 1, "Finalize"),
        ("expired", 1, "Finalize"),
    ],
)
def test_only_a_pending_task_with_turns_left_is_waited_for(
    states: dict[str, State], status: str, turns: int, goes_to: str
) -> None:
    assert chosen(states["IsPending"], after_poll(states, OUTCOMES[status], turns=turns - 1)) == goes_to


@pytest.mark.parametrize("nonsense", [None, {}, [], "pending", {"status": None}, {"status": 5}])
def test_an_answer_that_poll_never_gives_is_passed_to_finalize(states: dict[str, State], nonsense: object) -> None:
    assert chosen(states["IsPending"], after_poll(states, nonsense)) == "Finalize"


def test_a_poll_that_keeps_failing_becomes_an_outcome_that_finalize_can_publish(states: dict[str, State]) -> None:
    (catcher,) = states["Poll"]["Catch"]
    state = evaluate(catcher["Output"], started(turns=3), error={"Error": "States.Timeout", "Cause": "slow"})
    trouble = _trouble_of(state["outcome"])

    assert state["outcome"]["status"] == "expired"
    assert {**state, "outcome": None} == {**started(turns=3), "outcome": None}
    assert trouble.code == "poll_broken"
    assert "States.Timeout" in trouble.message
    assert trouble.hint == _RESUME_HINT


def test_an_outcome_that_is_still_pending_after_all_turns_can_be_notified_too() -> None:
    assert _trouble_of(OUTCOMES["pending"]).code == "poll_broken"


@pytest.mark.parametrize(("answer", "status"), [({"status": "done"}, {"status": "done"}), ({}, {}), (None, {})])
def test_an_execution_ends_with_little_to_keep(
    states: dict[str, State], answer: object, status: dict[str, str]
) -> None:
    """The state holds a link to the picture, and an output is kept for 90 days."""
    ended = after_finalize(states, answer, outcome=OUTCOMES["ready"])

    assert ended == {"edit_id": "e" * 64, **status}


def test_the_last_resort_names_the_edit_its_task_and_the_trouble_but_no_link(
    states: dict[str, State],
) -> None:
    (catcher,) = states["Finalize"]["Catch"]
    given = started(outcome=OUTCOMES["ready"])
    state = evaluate(catcher["Output"], given, error={"Error": "LookupError", "Cause": json.dumps({"a": 1})})
    message = evaluate(states["TellWithoutFinalize"]["Arguments"]["Message"], state)

    assert state == {**given, "failure": "LookupError"}
    assert "could not be finished: LookupError." in message
    assert "e" * 64 in message
    assert "t-1" in message
    assert LINK not in message
