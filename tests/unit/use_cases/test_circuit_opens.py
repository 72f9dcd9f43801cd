"""The circuit: one refusal of the key or the balance stops all that follow, and one probe at a time asks again."""

import httpx
import pytest

from depthdrop.inbox.message import Done, DropReleased
from depthdrop.records.circuit import Circuit
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import NOW, Scripted, accepted, refused

PROBE_SECONDS = 60  # the template's default


def broken(stack: Stack, answer: Scripted) -> str:
    """One drop has met this answer; its id."""
    stack.upstream.post_answers.append(answer)
    stack.deliver(stack.drop("first"))
    [drop] = stack.records("drop")
    return str(drop["drop_id"])


def is_open(stack: Stack) -> bool:
    return Circuit(stack.table, PROBE_SECONDS).current() is not None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(refused(402), "balance_empty"), (refused(401), "key_refused"), (refused(403), "key_refused")],
)
def test_a_refused_key_or_an_empty_balance_opens_the_circuit_and_other_drops_send_nothing(
    stack: Stack, answer: Scripted, reason: str
) -> None:
    broken(stack, answer)

    assert stack.deliver(stack.drop("second", "an oil painting")) == [Done(f"parked: {reason}")]
    assert len(stack.upstream.posts) == 1
    assert [edit["state"] for edit in stack.records("edit")] == ["RELEASED"]
    assert all(drop["look_at"] == NOW + PROBE_SECONDS for drop in stack.records("drop"))


@pytest.mark.parametrize(
    "answer", [refused(429), refused(400), httpx.ConnectError("refused"), httpx.ReadError("lost")]
)
def test_other_errors_leave_the_circuit_closed(stack: Stack, answer: Scripted) -> None:
    broken(stack, answer)

    assert not is_open(stack)
    assert stack.deliver(stack.drop("second")) == [Done("submitted")]


def test_two_hundred_drops_that_wait_send_one_request_in_a_probes_time(stack: Stack) -> None:
    broken(stack, refused(402))
    for number in range(200):
        stack.drops.record(f"d{number}", NOW, part({"image_key": f"{number}.jpg"}))
        stack.drops.park(f"d{number}", "balance_empty", "no credit", NOW)
    stack.clock.now = NOW + PROBE_SECONDS

    assert stack.sweep().handle()["parked_released"] == 1
    assert len(stack.sent_back()) == 1


def test_one_probe_is_let_through_when_its_time_has_come_and_only_one(stack: Stack) -> None:
    circuit = Circuit(stack.table, PROBE_SECONDS)
    circuit.open("key_refused", "no", NOW)

    assert circuit.ask(NOW + PROBE_SECONDS - 1).blocked
    assert circuit.ask(NOW + PROBE_SECONDS).is_probe
    assert circuit.ask(NOW + PROBE_SECONDS).blocked
    assert circuit.ask(NOW + 2 * PROBE_SECONDS).is_probe


def test_an_accepted_probe_closes_the_circuit_and_all_drops_continue(stack: Stack) -> None:
    first = broken(stack, refused(402))
    stack.clock.now = NOW + PROBE_SECONDS

    assert stack.deliver(DropReleased(first)) == [Done("submitted")]
    assert not is_open(stack)
    assert stack.deliver(stack.drop("second")) == [Done("submitted")]


@pytest.mark.parametrize("answer", [refused(402), refused(401), httpx.ConnectError("refused")])
def test_a_probe_with_the_same_refusal_leaves_the_circuit_open(stack: Stack, answer: Scripted) -> None:
    first = broken(stack, refused(402))
    stack.clock.now = NOW + PROBE_SECONDS
    stack.upstream.post_answers.append(answer)
    stack.deliver(DropReleased(first))

    assert is_open(stack)
    assert stack.deliver(stack.drop("second")) != [Done("submitted")]


def test_a_circuit_that_another_worker_opened_during_a_request_is_not_closed_by_its_answer(stack: Stack) -> None:
    def opened_meanwhile(_: httpx.Request) -> httpx.Response:
        Circuit(stack.table, PROBE_SECONDS).open("balance_empty", "no credit", NOW)
        return accepted("task-1")

    stack.upstream.post_answers.append(opened_meanwhile)

    assert stack.deliver(stack.drop()) == [Done("submitted")]
    assert is_open(stack)


def test_a_missing_key_opens_the_circuit_without_a_request(stack: Stack) -> None:
    stack.set_key(" ")
    stack.deliver(stack.drop())

    assert is_open(stack)
    assert stack.upstream.posts == []


def test_a_busy_upstream_gets_no_request_for_twice_as_long_each_time(stack: Stack) -> None:
    waits = []
    drop_id = broken(stack, refused(429))
    for _ in range(7):
        [drop] = stack.records("drop")
        waits.append(drop["look_at"] - int(stack.clock.now))
        stack.clock.now = drop["look_at"]
        stack.upstream.post_answers.append(refused(429))
        stack.deliver(DropReleased(drop_id))

    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_a_slot_freed_by_a_refusal_goes_to_the_oldest_parked_drop(stack: Stack) -> None:
    for name, since in (("waiting", NOW - 1), ("younger", NOW)):
        stack.drops.record(name, NOW, part({"image_key": "x.jpg"}))
        stack.drops.park(name, "no_slot", "full", since)
    stack.upstream.post_answers.append(refused(400))
    stack.deliver(stack.drop())

    assert [sent["detail"] for sent in stack.sent_back()] == [{"drop_id": "waiting"}]


@pytest.mark.parametrize("answer", [refused(400), refused(429)])
def test_a_probe_that_is_refused_for_another_reason_closes_the_circuit(stack: Stack, answer: Scripted) -> None:
    """The upstream looked at the request itself, so the key and the balance are good again."""
    first = broken(stack, refused(402))
    stack.clock.now = NOW + PROBE_SECONDS
    stack.upstream.post_answers.append(answer)
    stack.deliver(DropReleased(first))

    assert not is_open(stack)
