"""The circuit's record: what each step writes, and which of several workers asking at once is the probe."""

import pytest

from depthdrop.records.circuit import Circuit, Passage
from tests.support.aws import Stack
from tests.support.scripted import NOW

PK = "circuit#upstream"
OPENED = {"pk": PK, "opened_at": NOW, "reason": "key_refused", "message": "no", "probe_at": NOW + 60}


@pytest.fixture
def circuit(stack: Stack) -> Circuit:
    return Circuit(stack.table, 60)


def blocked(not_before: int) -> Passage:
    return Passage(blocked=True, is_probe=False, reason="key_refused", message="no", not_before=not_before)


def test_while_the_circuit_is_closed_no_request_waits(circuit: Circuit) -> None:
    assert circuit.ask(NOW) == Passage(blocked=False, is_probe=False, reason="", message="", not_before=0)
    assert circuit.current() is None


def test_opening_the_circuit_records_why_and_when_to_probe(circuit: Circuit) -> None:
    assert circuit.open("key_refused", "no", NOW) is True

    assert circuit.table.get(PK) == OPENED
    assert circuit.current() is not None


def test_opening_the_circuit_again_postpones_the_probe_and_keeps_when_it_first_opened(circuit: Circuit) -> None:
    circuit.open("balance_empty", "no credit", NOW)
    assert circuit.open("key_refused", "no", NOW + 7) is False

    assert circuit.table.get(PK) == {**OPENED, "probe_at": NOW + 67}


def test_a_circuit_that_another_worker_closes_during_the_write_is_not_partly_written(
    circuit: Circuit, stack: Stack
) -> None:
    put = type(circuit.table).put

    def closed_meanwhile(*arguments: object) -> object:
        lost = put(*arguments)  # type: ignore[arg-type]  # they are handed through
        circuit.close()
        return lost

    circuit.open("key_refused", "no", NOW)
    stack.monkeypatch.setattr(type(circuit.table), "put", closed_meanwhile)
    circuit.open("key_refused", "no", NOW)

    assert circuit.table.get(PK) is None


def test_closing_the_circuit_deletes_its_record(circuit: Circuit) -> None:
    circuit.open("key_refused", "no", NOW)
    circuit.close()
    circuit.close()

    assert circuit.table.get(PK) is None


def test_before_the_probe_is_due_every_request_waits_for_it(circuit: Circuit) -> None:
    circuit.open("key_refused", "no", NOW)

    assert circuit.ask(NOW) == blocked(NOW + 60)
    assert circuit.ask(NOW + 59) == blocked(NOW + 60)


def test_the_first_request_after_the_due_time_is_the_probe_and_the_others_wait_for_the_next(
    circuit: Circuit,
) -> None:
    circuit.open("key_refused", "no", NOW)

    assert circuit.ask(NOW + 61) == Passage(blocked=False, is_probe=True)
    assert circuit.table.get(PK) == {**OPENED, "probe_at": NOW + 121}
    assert circuit.ask(NOW + 61) == blocked(NOW + 121)


def test_a_request_at_the_same_moment_as_the_probe_waits_for_the_next(circuit: Circuit, stack: Stack) -> None:
    circuit.open("key_refused", "no", NOW)
    stack.monkeypatch.setattr(type(circuit.table), "get", lambda *_: OPENED)

    assert circuit.ask(NOW + 60).is_probe
    assert circuit.ask(NOW + 60) == blocked(NOW + 120)
