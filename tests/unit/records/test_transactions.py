"""Several records written together or not at all: conflicts are retried, refusals returned, tokens sent."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from depthdrop.records.table import Change, Item, NotWritten, Table
from tests.support.aws import Stack


class Conflicting:
    """A table that turns the first writes away as it does beside a transaction."""

    def __init__(self, *answers: ClientError) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.asked: dict[str, Any] = {}

    def transact_write_items(self, **asked: Any) -> None:
        self.calls += 1
        self.asked = asked
        if self.answers:
            raise self.answers.pop(0)

    update_item = transact_write_items


def cancelled(*codes: str) -> ClientError:
    answer = {
        "Error": {"Code": "TransactionCanceledException", "Message": "no"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]  # its stub knows no reasons


CONFLICT = ClientError({"Error": {"Code": "TransactionConflictException", "Message": "no"}}, "UpdateItem")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("depthdrop.records.table.time.sleep", waited.append)
    return waited


def write(client: Conflicting) -> list[NotWritten[Item] | None] | None:
    return Table("t", client).together("token", Change("a", {"n": 1}))  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_conflict_is_tried_again_after_a_pause(code: str, pauses: list[float]) -> None:
    client = Conflicting(cancelled("None", code), cancelled(code, "None"))

    assert write(client) is None
    assert (client.calls, len(pauses)) == (3, 2)
    assert 0.01 <= pauses[0] <= 0.02
    assert 0.025 <= pauses[1] <= 0.05


def test_every_code_of_a_conflict_may_come_together(pauses: list[float]) -> None:
    codes = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]

    assert write(Conflicting(cancelled(*codes))) is None
    assert len(pauses) == 1


@pytest.mark.parametrize(("chance", "waited"), [(0.0, 0.01), (0.5, 0.015), (1.0, 0.02)])
def test_a_pause_lasts_between_fifty_and_a_hundred_percent_of_its_time(
    chance: float, waited: float, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("depthdrop.records.table.random.random", lambda: chance)
    write(Conflicting(cancelled("TransactionConflict")))

    assert pauses == [pytest.approx(waited)]


def test_a_transaction_carries_its_token() -> None:
    client = Conflicting()
    write(client)

    assert client.asked["ClientRequestToken"] == "token"


def test_a_number_is_added_to_under_a_word_that_dynamodb_keeps_for_itself(stack: Stack) -> None:
    stack.table.together("t1", Change("a", {}, add={"size": Decimal("0.5")}))
    stack.table.together("t2", Change("a", {"count": 1}, add={"size": Decimal("0.25")}))

    assert stack.table.get("a") == {"pk": "a", "count": 1, "size": Decimal("0.75")}


def test_conflicts_without_end_are_raised(pauses: list[float]) -> None:
    client = Conflicting(*itertools.repeat(cancelled("TransactionConflict"), 9))

    with pytest.raises(ClientError, match="TransactionCanceled"):
        write(client)
    assert (client.calls, len(pauses)) == (6, 5)


def test_a_condition_that_does_not_hold_is_not_tried_again(pauses: list[float]) -> None:
    client = Conflicting(cancelled("ConditionalCheckFailed", "TransactionConflict", "None"))

    assert write(client) == [NotWritten(None), None, None]
    assert (client.calls, pauses) == (1, [])


@pytest.mark.parametrize("error", [cancelled("ValidationError"), cancelled()])
def test_any_other_error_is_raised_at_once(error: ClientError, pauses: list[float]) -> None:
    client = Conflicting(error)

    with pytest.raises(ClientError):
        write(client)
    assert (client.calls, pauses) == (1, [])


def test_a_single_write_that_meets_a_transaction_is_tried_again(pauses: list[float]) -> None:
    client = Conflicting(CONFLICT)

    assert Table("t", client).update("a", {"n": 1}, "attribute_exists(pk)") is None  # type: ignore[arg-type]
    assert (client.calls, len(pauses)) == (2, 1)


def test_all_are_written_or_none(stack: Stack) -> None:
    one, other = Change("a", {"n": 1}), Change("b", {"n": 2}, "attribute_exists(pk)")

    assert stack.table.together("t1", one, other) == [None, NotWritten(None)]
    assert stack.table.get("a") is None
    stack.table.put({"pk": "b", "n": 5, "gone": 1}, "attribute_not_exists(pk)")
    assert stack.table.together("t2", one, Change("b", {"n": 2}, "#n = :five", {":five": 5}, ("gone",))) is None
    assert (stack.table.get("a"), stack.table.get("b")) == ({"pk": "a", "n": 1}, {"pk": "b", "n": 2})


def test_a_failed_transaction_returns_the_stored_record_of_each_failed_condition(stack: Stack) -> None:
    stack.table.put({"pk": "b", "n": 5}, "attribute_not_exists(pk)")

    assert stack.table.together("t", Change("a", {"n": 1}), Change("b", {"n": 2}, "#n = :six", {":six": 6})) == [
        None,
        NotWritten({"pk": "b", "n": 5}),
    ]
