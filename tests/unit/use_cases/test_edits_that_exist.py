"""A recorded drop meets an existing edit: which worker has it, how long, and which may still free it."""

import json
from typing import Any

import pytest

from depthdrop.drop.refusal import Refusal, RefusedError
from depthdrop.inbox.message import ComeBack, Done, DropReleased
from depthdrop.records.edits import State
from tests.support.acts import asked, created
from tests.support.aws import PLENTY, Stack
from tests.support.scripted import NOW, refused

REFUSAL = '{"code": "c", "message": "m", "hint": "h"}'
REPLACED = {
    "code": "replaced",
    "message": "A picture of this drop was replaced or removed before the edit could be paid for.",
    "hint": "A replaced picture is a drop of its own. If it was removed by mistake, drop it again.",
    "field": None,
}


def bought(stack: Stack, **facts: object) -> DropReleased:
    """A drop whose edit has these fields; the message that asks for it again."""
    stack.deliver(stack.drop())
    stack.table.update(stack.edit()["pk"], facts, "attribute_exists(pk)")
    return DropReleased(stack.records("drop")[0]["drop_id"])


def change(stack: Stack, **facts: object) -> None:
    """Write into the drop's record."""
    stack.table.update(stack.records("drop")[0]["pk"], facts, "attribute_exists(pk)")


@pytest.mark.parametrize("state", ["CLAIMED", "POSTING"])
def test_a_lease_holds_to_its_last_second(stack: Stack, state: str) -> None:
    again = bought(stack, state=state, lease_until=NOW)

    assert stack.deliver(again) == [ComeBack(1, "another worker has the claim")]


def test_a_message_comes_back_after_whole_seconds(stack: Stack) -> None:
    again = bought(stack, state="CLAIMED", lease_until=NOW + 20)
    stack.clock.now = NOW + 0.75

    [found] = stack.deliver(again)
    assert repr(found) == repr(ComeBack(20, "another worker has the claim"))


def test_a_drop_is_looked_up_once_and_its_files_are_read_once(stack: Stack) -> None:
    key = stack.drop()

    calls = asked(stack, lambda: stack.deliver(key))
    assert calls.count("GetObject") == 2


@pytest.mark.parametrize("message", ["created", "released"])
def test_the_log_names_the_drop_and_the_edit(stack: Stack, message: str) -> None:
    again = bought(stack, state="RELEASED")
    submit = stack.submit()
    submit.logger.remove_keys(["drop_id", "edit_id"])
    list(submit.handle(again if message == "released" else created("photo.jpg"), lambda: PLENTY))

    edit, keys = stack.edit(), submit.logger.get_current_keys()
    assert (keys["drop_id"], keys["edit_id"]) == (edit["drop_id"], edit["edit_id"])


# ---- a refused drop may have left a claim behind


@pytest.mark.parametrize(
    ("state", "lease_until", "left"),
    [
        ("CLAIMED", NOW - 1, "RELEASED"),
        ("CLAIMED", NOW, "CLAIMED"),
        ("CLAIMED", NOW + 9, "CLAIMED"),
        ("POSTING", NOW - 1, "POSTING"),
    ],
)
def test_a_claim_that_a_refused_drop_left_behind_is_given_up_when_its_lease_is_over(
    stack: Stack, state: str, lease_until: int, left: str
) -> None:
    again = bought(stack, state=state, lease_until=lease_until)
    change(stack, refusal=REFUSAL)

    assert stack.deliver(again) == [Done("refused: c")]
    assert stack.edit()["state"] == left
    assert len(stack.upstream.posts) == 1


def test_a_left_claim_is_given_up_by_a_clock_between_two_seconds(stack: Stack) -> None:
    again = bought(stack, state="CLAIMED", lease_until=NOW)
    change(stack, refusal=REFUSAL)
    stack.clock.now = NOW + 1.75
    stack.deliver(again)

    assert (stack.edit()["state"], stack.edit()["updated_at"]) == ("RELEASED", NOW + 1)


@pytest.mark.parametrize(("state", "lease_until"), [("RELEASED", NOW - 1), ("POSTING", NOW - 1), ("CLAIMED", NOW)])
def test_the_edit_of_a_refused_drop_that_left_no_claim_is_not_written_to(
    stack: Stack, state: str, lease_until: int
) -> None:
    again = bought(stack, state=state, lease_until=lease_until)
    change(stack, refusal=REFUSAL, notified_at=NOW)

    assert asked(stack, lambda: stack.deliver(again)) == ["GetItem", "GetItem"]


def test_a_refused_drop_without_an_edit_has_nothing_to_give_up(stack: Stack) -> None:
    again = bought(stack, state="RELEASED")
    drop = stack.records("drop")[0]
    stack.table.update(drop["pk"], {"refusal": REFUSAL}, "attribute_exists(pk)", remove=("edit_id",))

    assert stack.deliver(again) == [Done("refused: c")]


def test_a_refused_drop_whose_edit_was_never_claimed_stays_refused(stack: Stack) -> None:
    again = bought(stack, state="RELEASED")
    stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")
    change(stack, refusal=REFUSAL)

    assert stack.deliver(again) == [Done("refused: c")]
    assert stack.records("edit") == []


# ---- a drop that was accepted cannot be bought any more


def test_a_record_that_leads_to_another_edit_now_is_not_bought(stack: Stack) -> None:
    again = bought(stack, state="RELEASED")
    settings = json.loads(stack.records("drop")[0]["settings"])
    change(stack, settings=json.dumps({**settings, "prompt": "an oil painting"}))

    assert stack.deliver(again) == [Done("refused: replaced")]
    assert json.loads(stack.records("drop")[0]["refusal"]) == REPLACED
    assert len(stack.upstream.posts) == 1


def unbuyable(stack: Stack, code: str) -> None:
    def checked(*_: object) -> Any:
        raise RefusedError(Refusal(code, "m", "h"))

    stack.monkeypatch.setattr("depthdrop.use_cases.submit.reread_order", checked)


@pytest.mark.parametrize(
    ("state", "left"), [("CLAIMED", "RELEASED"), ("RELEASED", "RELEASED")], ids=["a claim", "none"]
)
def test_a_drop_that_an_upgrade_refuses_is_reported_and_counted_and_its_claim_given_up(
    stack: Stack, state: str, left: str
) -> None:
    again = bought(stack, state=state, lease_until=NOW - 1)
    unbuyable(stack, "image_too_small")
    submit = stack.submit()
    metrics = submit.purchase.settlement.metrics
    metrics.clear_metrics()
    stack.clock.now = NOW + 0.75

    assert list(submit.handle(again, lambda: PLENTY)) == [Done("refused: image_too_small")]
    assert {name: sum(one["Value"]) for name, one in metrics.metric_set.items()} == {"rejected": 1}
    metrics.clear_metrics()
    [drop] = stack.records("drop")
    assert (json.loads(drop["refusal"])["code"], drop["notified_at"]) == ("image_too_small", NOW)
    assert stack.edit()["state"] == State(left)
    assert [event["data"]["error"]["code"] for event in stack.events()] == ["image_too_small"]
    assert len(stack.upstream.posts) == 1


def test_an_unclaimed_edit_is_not_written_to_when_its_drop_is_refused(stack: Stack) -> None:
    again = bought(stack, state="RELEASED", lease_until=NOW - 1)
    before = stack.edit()
    unbuyable(stack, "image_too_small")

    calls = asked(stack, lambda: stack.deliver(again))
    assert calls == ["GetItem", "GetItem", "UpdateItem", "PutObject", "UpdateItem", "Publish", "UpdateItem"]
    assert stack.edit() == before


def test_a_drop_that_was_never_claimed_is_refused_when_it_cannot_be_bought(stack: Stack) -> None:
    again = bought(stack, state="RELEASED")
    stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")
    unbuyable(stack, "image_too_small")

    assert stack.deliver(again) == [Done("refused: image_too_small")]


def test_a_parked_drop_whose_edit_another_drop_bought_is_no_longer_parked(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    stack.table.update(stack.edit()["pk"], {"state": "AMBIGUOUS", "notified_at": NOW}, "attribute_exists(pk)")

    assert stack.deliver(DropReleased(stack.records("drop")[0]["drop_id"])) == [
        Done("the edit stands as AMBIGUOUS")
    ]
    assert "open" not in stack.records("drop")[0]


def test_log_lines_about_a_paid_edit_name_its_execution(stack: Stack) -> None:
    """The execution that its POST starts, and the one that a repeat finds."""
    submit = stack.submit()
    for asked_again in (created(stack.drop()), None):
        submit.logger.remove_keys(["execution"])
        message = asked_again or DropReleased(stack.records("drop")[0]["drop_id"])
        list(submit.handle(message, lambda: PLENTY))

        assert submit.logger.get_current_keys()["execution"] == f"{stack.edit()['edit_id']}-1"
