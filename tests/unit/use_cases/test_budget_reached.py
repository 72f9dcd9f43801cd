"""A day's budget: what it has room for is paid; all else waits, is reported once, and continues by itself."""

import itertools
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from botocore.exceptions import ClientError

from depthdrop.inbox.message import Done, DropReleased
from depthdrop.notices.events import read_event
from depthdrop.notices.publish import Notices
from depthdrop.records.budget import Budget
from depthdrop.records.circuit import Circuit
from depthdrop.use_cases import sweep as sweep_module
from tests.support.acts import asked, created, finish
from tests.support.aws import PLENTY, Stack
from tests.support.records import part
from tests.support.scripted import NOW, refused

DAY_SECONDS = 24 * 3600
MIDNIGHT = NOW - NOW % DAY_SECONDS + DAY_SECONDS


@pytest.fixture
def capped(stack: Stack) -> Stack:
    """Two edits a day."""
    stack.names["DailyBudgetUsd"] = "0.12"
    return stack


def use_up(stack: Stack, count: int = 2) -> None:
    for number in range(count):
        assert stack.deliver(stack.drop(f"paid{number}", f"paid {number}")) == [Done("submitted")]


def waiting(stack: Stack) -> list[str]:
    return sorted(drop["image_key"] for drop in stack.records("drop") if drop.get("open") == "over_budget")


def reserved(stack: Stack) -> list[Decimal]:
    return [day["reserved_usd"] for day in stack.records("budget")]


def sweep_and_deliver(stack: Stack) -> list[Any]:
    """One round of sweep, and the outcome of the drops that it sends back."""
    stack.sweep().handle()
    return [
        settled for body in stack.sent_back() for settled in stack.deliver(DropReleased(body["detail"]["drop_id"]))
    ]


def test_drops_beyond_the_budget_wait_and_send_nothing(capped: Stack) -> None:
    use_up(capped)

    assert capped.deliver(capped.drop("third")) == [Done("parked: budget_reached")]
    assert capped.deliver(capped.drop("fourth", "an oil painting")) == [Done("parked: budget_reached")]
    assert len(capped.upstream.posts) == 2
    assert waiting(capped) == ["fourth.jpg", "third.jpg"]
    assert reserved(capped) == [Decimal("0.12")]
    [third] = [drop for drop in capped.records("drop") if drop["image_key"] == "third.jpg"]
    assert third["parked"] == "budget_reached"
    assert third["parked_message"] == (
        "Of the budget of $0.12 for 2026-06-10 (UTC), $0.12 is spent or reserved; this drop costs $0.06."
    )


def test_one_event_says_that_the_budget_is_reached(capped: Stack) -> None:
    use_up(capped)
    capped.events()
    capped.deliver(capped.drop("third"))
    capped.deliver(capped.drop("fourth", "an oil painting"))
    [event] = capped.events()

    assert (event["type"], event["subject"]) == ("depthdrop.drop.budget_reached.v1", "third.jpg")
    data = event["data"]
    assert (data["day"], data["limit_usd"], data["reserved_usd"]) == ("2026-06-10", 0.12, 0.12)
    assert data["spend"] == {"state": "none", "usd": 0.0}
    assert (data["error"]["code"], data["source"]["key"]) == ("budget_reached", "third.jpg")
    assert "DailyBudgetUsd" in data["error"]["hint"]
    [third] = [drop for drop in capped.records("drop") if drop["image_key"] == "third.jpg"]
    assert data["drop_id"] == third["drop_id"]


def test_the_event_says_what_is_spent_and_not_the_limit(stack: Stack) -> None:
    stack.names["DailyBudgetUsd"] = "0.2"
    stack.clock.now = NOW + 0.5
    use_up(stack, 3)
    stack.events()
    stack.deliver(stack.drop("late", "late"))

    [event] = stack.events()
    assert (event["data"]["limit_usd"], event["data"]["reserved_usd"]) == (0.2, 0.18)
    [late] = [drop for drop in stack.records("drop") if drop["image_key"] == "late.jpg"]
    assert "$0.18 is spent" in late["parked_message"]
    assert late["look_at"] == NOW  # as soon as there is room


def test_a_notice_that_fails_is_looked_at_on_a_whole_second(capped: Stack) -> None:
    capped.clock.now = NOW + 0.5
    use_up(capped)
    refused_notice = ClientError({"Error": {"Code": "x"}}, "Publish")
    with patch.object(Notices, "publish", side_effect=refused_notice), pytest.raises(ClientError):
        capped.deliver(capped.drop("third"))

    [day] = capped.records("budget")
    assert (day["look_at"], type(day["look_at"])) == (NOW + 300, int)


def test_the_alarms_metric_counts_a_reached_budget_once(capped: Stack) -> None:
    use_up(capped)
    counted = []
    for name in ("third", "fourth"):
        submit = capped.submit()
        submit.purchase.settlement.metrics.clear_metrics()
        list(submit.handle(created(capped.drop(name, name)), lambda: PLENTY))
        counted.append("budget_reached" in submit.purchase.settlement.metrics.metric_set)
        submit.purchase.settlement.metrics.clear_metrics()

    assert counted == [True, False]


def test_a_raised_limit_releases_as_many_drops_as_it_has_room_for(capped: Stack) -> None:
    use_up(capped)
    for number in range(3):
        capped.deliver(capped.drop(f"late{number}", f"late {number}"))
    capped.names["DailyBudgetUsd"] = "0.18"

    assert sweep_and_deliver(capped) == [Done("submitted")]
    assert len(capped.upstream.posts) == 3
    assert len(waiting(capped)) == 2


def test_the_next_day_releases_waiting_drops_and_has_its_own_limit(capped: Stack) -> None:
    use_up(capped)
    for number in range(3):
        capped.deliver(capped.drop(f"late{number}", f"late {number}"))
    capped.events()

    assert sweep_and_deliver(capped) == []
    capped.clock.now = MIDNIGHT - 1
    assert sweep_and_deliver(capped) == []
    capped.clock.now = MIDNIGHT
    assert sweep_and_deliver(capped).count(Done("submitted")) == 2
    assert len(waiting(capped)) == 1
    assert sorted(reserved(capped)) == [Decimal("0.12"), Decimal("0.12")]
    assert [event["data"]["day"] for event in capped.events()] == ["2026-06-11"]


def test_removing_the_budget_releases_all_waiting_drops(capped: Stack) -> None:
    use_up(capped)
    for number in range(3):
        capped.deliver(capped.drop(f"late{number}", f"late {number}"))
    capped.names["DailyBudgetUsd"] = "0"

    assert sweep_and_deliver(capped) == [Done("submitted")] * 3
    assert waiting(capped) == []


def test_a_round_of_sweep_releases_no_more_drops_than_it_has_time_for(capped: Stack) -> None:
    assert sweep_module._GO_ON == 500
    capped.monkeypatch.setattr(sweep_module, "_GO_ON", 5)
    for number in range(6):
        capped.drops.record(f"d{number}", NOW, part({"image_key": f"{number}.jpg"}))
        capped.drops.park(f"d{number}", "budget_reached", "nothing left", NOW)
    capped.names["DailyBudgetUsd"] = "999"

    assert capped.sweep().handle()["let_go_on"] == 5


def test_no_more_drops_are_released_than_the_cheapest_model_could_use_up(capped: Stack) -> None:
    for number in range(9):
        capped.drops.record(f"d{number}", NOW, part({"image_key": f"{number}.jpg"}))
        capped.drops.park(f"d{number}", "budget_reached", "nothing left", NOW)
    use_up(capped, 1)
    capped.names["DailyBudgetUsd"] = "0.15"

    assert capped.sweep().handle()["let_go_on"] == 2


def test_the_oldest_waiting_drops_are_released_first(capped: Stack) -> None:
    for number in (2, 0, 1):
        capped.drops.record(f"d{number}", NOW, part({"image_key": f"{number}.jpg"}))
        capped.drops.park(f"d{number}", "budget_reached", "nothing left", NOW + number)
    capped.clock.now = NOW + 9

    assert [drop["drop_id"] for drop in capped.drops.over_budget(NOW + 9, 2)] == ["d0", "d1"]
    assert capped.drops.may_go_on("d0", NOW + 9) is True
    assert capped.drops.may_go_on("d0", NOW + 9) is False
    [first] = [drop for drop in capped.records("drop") if drop["drop_id"] == "d0"]
    assert (first["open"], first["look_at"]) == ("parked", NOW + 9)


def test_a_drop_that_waits_for_the_budget_is_not_sent_back_by_a_freed_slot(capped: Stack) -> None:
    use_up(capped)
    capped.deliver(capped.drop("third"))
    capped.clock.now = NOW + 3600
    capped.close_execution(next(iter(capped.executions())))
    finish(capped)

    assert capped.sent_back() == []


def test_a_refused_request_gives_its_price_back(capped: Stack) -> None:
    capped.upstream.post_answers.append(refused(429))
    capped.deliver(capped.drop("first"))

    assert reserved(capped) == [Decimal(0)]


@pytest.mark.parametrize("trouble", [refused(400), httpx.ConnectError("refused")])
def test_a_drop_that_cost_nothing_takes_no_room(capped: Stack, trouble: Any) -> None:
    capped.upstream.post_answers.append(trouble)
    capped.deliver(capped.drop("first"))
    use_up(capped)

    assert reserved(capped) == [Decimal("0.12")]


def test_the_price_of_a_request_whose_answer_was_lost_stays_reserved(capped: Stack) -> None:
    capped.upstream.post_answers.append(httpx.ReadTimeout("lost"))
    capped.deliver(capped.drop("first"))

    assert (capped.edit()["state"], reserved(capped)) == ("AMBIGUOUS", [Decimal("0.06")])


def test_a_worker_that_finds_the_last_cent_gone_between_two_looks_gives_everything_back(capped: Stack) -> None:
    """Other workers may reserve between the look at the budget and the step to POSTING."""
    use_up(capped)
    rooms = itertools.chain([Decimal("0.06")], itertools.repeat(Decimal(0)))
    with patch.object(Budget, "room", lambda *_: next(rooms)):
        settled = capped.deliver(capped.drop("third"))

    assert settled == [Done("parked: budget_reached")]
    assert len(capped.upstream.posts) == 2
    assert [edit["state"] for edit in capped.records("edit") if edit["image_key"] == "third.jpg"] == ["RELEASED"]
    assert len(capped.records("slot")) == 2
    assert waiting(capped) == ["third.jpg"]


def test_a_wait_for_the_budget_takes_no_probe_of_the_circuit(capped: Stack) -> None:
    use_up(capped)
    circuit = Circuit(capped.table, 60)
    circuit.open("balance_empty", "no credit", NOW - 60)
    capped.deliver(capped.drop("third"))

    assert circuit.ask(NOW).is_probe


def test_a_notice_that_failed_is_repeated_by_sweep_with_the_same_id(capped: Stack) -> None:
    use_up(capped)
    capped.events()
    key = capped.drop("third")
    down = ClientError({"Error": {"Code": "Down", "Message": "down"}}, "Publish")
    with patch.object(Notices, "publish", side_effect=down), pytest.raises(ClientError):
        capped.deliver(key)
    [written] = [day["event"] for day in capped.records("budget")]
    capped.clock.now = NOW + 300

    assert capped.sweep().handle()["budget_notices_repeated"] == 1
    assert [event["id"] for event in capped.events()] == [read_event(written).id]
    assert capped.sweep().handle()["budget_notices_repeated"] == 0


def test_without_a_budget_its_record_is_never_read(stack: Stack) -> None:
    names = asked(stack, lambda: stack.deliver(stack.drop("first")))

    assert "TransactWriteItems" not in names
    assert stack.records("budget") == []
