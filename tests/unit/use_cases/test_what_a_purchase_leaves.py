"""Exactly what each end of a purchase leaves: its records, and which calls were made."""

import json

import httpx
import pytest

from depthdrop.inbox.message import ComeBack, Done
from depthdrop.inbox.order import Order
from depthdrop.use_cases.purchase import random_token
from tests.support.acts import asked
from tests.support.aws import PLENTY, Stack
from tests.support.records import part
from tests.support.scripted import NOW, PICTURE, refused

AMBIGUOUS = "ambiguous: may have been charged, not sent again"


def test_a_claims_token_is_long_and_new_each_time() -> None:
    assert len(random_token()) == 32
    assert random_token() != random_token()


def test_a_submitted_edit_records_what_it_is_and_for_which_drop(stack: Stack) -> None:
    stack.put("photo.json", '{"prompt": "p", "metadata": {"für": "Ömer"}}'.encode())
    stack.put("photo.jpg", PICTURE)
    stack.deliver("photo.jpg")

    [drop], edit = stack.records("drop"), stack.edit()
    assert {name: edit[name] for name in ("sidecar_key", "image_key", "image_etag", "drop_id", "metadata")} == {
        "sidecar_key": "photo.json",
        "image_key": "photo.jpg",
        "image_etag": drop["image_etag"],
        "drop_id": drop["drop_id"],
        "metadata": '{"für": "Ömer"}',
    }
    assert (edit["settings"], edit["origins"]) == (drop["settings"], drop["origins"])
    assert {"asked_model", "supersedes"}.isdisjoint(edit)
    assert "open" not in drop


def test_an_edit_keeps_the_event_that_its_drop_supersedes(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")
    [drop] = stack.records("drop")
    stack.table.update(
        drop["pk"], {"supersedes": "event-1"}, "attribute_exists(pk)", remove=("parked", "parked_message")
    )
    stack.deliver("photo.jpg")

    assert stack.edit()["supersedes"] == "event-1"


def test_these_are_the_calls_of_a_purchase(stack: Stack) -> None:
    """Each of these calls delays the picture."""
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")
    stack.clock.now = drop["look_at"]
    submit = stack.submit()
    order = submit._reread(part(drop))

    assert isinstance(order, Order)
    assert asked(stack, lambda: submit.purchase.buy(part(drop), order, lambda: PLENTY)) == [
        "GetItem",  # the circuit
        "GetSecretValue",
        "GetItem",  # how long the model takes
        "PutItem",  # the claim
        "GetItem",  # whether the drop still asks for it
        "BatchGetItem",  # the slots
        "PutItem",
        "UpdateItem",  # POSTING
        "UpdateItem",  # SUBMITTED
        "UpdateItem",  # the slot's lease
        "StartExecution",
        "UpdateItem",  # the drop is no longer parked
    ]


def test_a_lost_answer_that_another_worker_has_settled_is_not_reported(stack: Stack) -> None:
    def lost(_: httpx.Request) -> httpx.Response:
        stack.table.update(stack.edit()["pk"], {"state": "SUCCEEDED"}, "attribute_exists(pk)")
        raise httpx.ReadError("lost")

    stack.upstream.post_answers.append(lost)

    assert stack.deliver(stack.drop()) == [Done(AMBIGUOUS)]
    assert (stack.events(), stack.edit()["state"], "notified_at" in stack.edit()) == ([], "SUCCEEDED", False)


def test_a_lost_answer_that_was_reported_is_not_due_for_sweep(stack: Stack) -> None:
    stack.upstream.post_answers.append(httpx.ReadError("lost"))
    stack.deliver(stack.drop())

    [drop] = stack.records("drop")
    assert (stack.edit()["notified_at"], "open" in stack.edit(), "open" in drop) == (NOW, False, False)


def test_a_refused_drop_keeps_its_reason(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(400, "not this"))
    stack.deliver(stack.drop())

    [drop] = stack.records("drop")
    assert json.loads(drop["refusal"]) == {
        "code": "request_refused",
        "message": "The upstream refused the request: not this",
        "hint": "Change the sidecar and drop again.",
        "field": None,
    }


def test_a_parked_drop_counts_how_often_it_was_parked(stack: Stack) -> None:
    stack.upstream.post_answers.extend([refused(429), refused(429)])
    stack.deliver(stack.drop())
    assert stack.records("drop")[0]["parked_times"] == 1
    stack.clock.now += 30
    stack.deliver("photo.jpg")

    assert stack.records("drop")[0]["parked_times"] == 2


@pytest.mark.parametrize("settled", ["submitted", "comes back"])
def test_a_drop_falls_back_at_a_clock_between_two_seconds_too(opted_in: Stack, settled: str) -> None:
    opted_in.clock.now = NOW + 0.75
    opted_in.upstream.post_answers.extend([refused(404)] if settled == "comes back" else [])

    [found] = opted_in.deliver(opted_in.drop())
    assert isinstance(found, ComeBack if settled == "comes back" else Done)


def test_a_drop_that_falls_back_gives_its_slot_to_exactly_one_parked_drop(opted_in: Stack) -> None:
    for name, since in (("waiting", NOW - 1), ("younger", NOW)):
        opted_in.drops.record(name, NOW, part({"image_key": "x.jpg"}))
        opted_in.drops.park(name, "no_slot", "full", since)
    opted_in.upstream.post_answers.append(refused(404))
    opted_in.deliver(opted_in.drop())

    assert [sent["detail"] for sent in opted_in.sent_back()] == [{"drop_id": "waiting"}]
