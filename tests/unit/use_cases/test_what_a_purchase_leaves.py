"""What each end of a purchase leaves to the letter: records, log, metrics, and who is asked for what."""

import json
from typing import Any

import httpx
import pytest

from depthdrop.dropped import Order
from depthdrop.drops import Drops
from depthdrop.edits import Edits
from depthdrop.purchase import Purchase, random_token
from depthdrop.settled import ComeBack, Done
from depthdrop.slots import Slots
from tests.unit.aws import PLENTY, Stack
from tests.unit.scripted import NOW, PICTURE, Scripted, accepted, refused
from tests.unit.use_cases.acts import asked, created

SUNSET = (
    "flux-pro-1.0-depth was deprecated by its vendor on 2025-10-31 and may be withdrawn at any time; "
    "its successor is flux-kontext-pro."
)
AMBIGUOUS = "ambiguous: may have been charged, not sent again"


def counted(stack: Stack, *answers: Scripted, message: str = "photo.jpg") -> dict[str, Any]:
    """What a delivery counts, by the metric's name."""
    stack.upstream.post_answers.extend(answers)
    submit = stack.submit()
    submit.purchase.metrics.clear_metrics()
    list(submit.handle(created(message), lambda: PLENTY))
    found = {name: sum(one["Value"]) for name, one in submit.purchase.metrics.metric_set.items()}
    submit.purchase.metrics.clear_metrics()
    return found


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, Any]]]:
    """What submit logged: level, message, and what was told besides."""
    names = ("outcome", "task_id", "warning", "reason", "seconds", "asked_model")
    told = [(one, {name: vars(one)[name] for name in names if name in vars(one)}) for one in caplog.records]
    return [(one.levelname, one.getMessage(), more) for one, more in told if more]


@pytest.fixture
def opted_in(stack: Stack) -> Stack:
    stack.names["FallbackModel"] = "flux-kontext-pro"
    return stack


def test_a_claims_token_is_long_and_new_each_time() -> None:
    assert len(random_token()) == 32
    assert random_token() != random_token()


def test_a_submitted_edit_says_what_it_is_and_whose(stack: Stack) -> None:
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


def test_lines_after_the_purchase_name_its_execution(stack: Stack) -> None:
    key = stack.drop()
    submit = stack.submit()
    submit.purchase.logger.remove_keys(["execution"])  # Powertools keeps one logger for all that a process makes
    list(submit.handle(created(key), lambda: PLENTY))

    assert submit.purchase.logger.get_current_keys()["execution"] == f"{stack.edit()['edit_id']}-1"


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
    """Each of these calls stands between the drop and its picture."""
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")
    stack.clock.now = drop["look_at"]
    submit = stack.submit()
    order = submit._reread(drop)

    assert isinstance(order, Order)
    assert asked(stack, lambda: submit.purchase.buy(drop, order, lambda: PLENTY)) == [
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
        "UpdateItem",  # the drop rests no more
    ]


# ---- where something outside fails


def test_a_post_that_could_not_be_written_down_is_not_sent_and_frees_claim_and_slot(stack: Stack) -> None:
    def broken(*_: object) -> bool:
        raise ConnectionError("no table")

    with stack.monkeypatch.context() as patched:
        patched.setattr(Edits, "post", broken)
        key = stack.drop()

        with pytest.raises(ConnectionError, match="no table"):
            stack.deliver(key)
    assert (stack.upstream.posts, stack.records("slot"), stack.edit()["state"]) == ([], [], "RELEASED")


def test_a_slot_that_cannot_be_given_back_does_not_keep_the_claim(stack: Stack) -> None:
    def broken(*_: object) -> None:
        raise ConnectionError("no table")

    stack.monkeypatch.setattr(Slots, "give_back", broken)
    stack.upstream.post_answers.append(refused(429))
    key = stack.drop()

    with pytest.raises(ConnectionError, match="no table"):
        stack.deliver(key)
    assert stack.edit()["state"] == "RELEASED"


@pytest.mark.parametrize("step", ["accepted", "extend"])
def test_a_task_that_could_not_be_written_down_is_watched_all_the_same(stack: Stack, step: str) -> None:
    def broken(*_: object) -> bool:
        raise ConnectionError("no table")

    stack.monkeypatch.setattr(Edits if step == "accepted" else Slots, step, broken)
    key = stack.drop()

    with pytest.raises(ConnectionError, match="no table"):
        stack.deliver(key)
    assert stack.executions() == {f"{stack.edit()['edit_id']}-1": "RUNNING"}


def test_a_lost_answer_whose_record_is_gone_fails_and_is_not_taken_for_settled(stack: Stack) -> None:
    gone: list[str] = []

    def lost(_: httpx.Request) -> httpx.Response:
        gone.append(stack.edit()["edit_id"])
        stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")
        raise httpx.ReadError("lost")

    stack.upstream.post_answers.append(lost)
    key = stack.drop()

    with pytest.raises(LookupError) as failed:
        stack.deliver(key)
    assert str(failed.value) == f"the record of edit {gone[0]} is gone"
    assert stack.events() == []


def test_a_lost_answer_that_others_have_settled_is_not_told(stack: Stack) -> None:
    def lost(_: httpx.Request) -> httpx.Response:
        stack.table.update(stack.edit()["pk"], {"state": "SUCCEEDED"}, "attribute_exists(pk)")
        raise httpx.ReadError("lost")

    stack.upstream.post_answers.append(lost)

    assert stack.deliver(stack.drop()) == [Done(AMBIGUOUS)]
    assert (stack.events(), stack.edit()["state"], "notified_at" in stack.edit()) == ([], "SUCCEEDED", False)


def test_a_lost_answer_that_was_told_needs_nobodys_look(stack: Stack) -> None:
    stack.upstream.post_answers.append(httpx.ReadError("lost"))
    stack.deliver(stack.drop())

    [drop] = stack.records("drop")
    assert (stack.edit()["notified_at"], "open" in stack.edit(), "open" in drop) == (NOW, False, False)


def test_a_refused_drop_keeps_why(stack: Stack) -> None:
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
def test_a_clock_between_two_seconds_is_good_for_a_fallback_too(opted_in: Stack, settled: str) -> None:
    opted_in.clock.now = NOW + 0.75
    opted_in.upstream.post_answers.extend([refused(404)] if settled == "comes back" else [])

    [found] = opted_in.deliver(opted_in.drop())
    assert isinstance(found, ComeBack if settled == "comes back" else Done)


@pytest.mark.parametrize(("status", "fallback"), [(404, "flux-kontext-pro"), (404, ""), (422, "")])
def test_a_slower_workers_claim_is_given_up_when_the_drop_asks_for_it_no_more(
    stack: Stack, status: int, fallback: str
) -> None:
    """Both events of a pair are worked off at once; the second read the drop before the first one's POST."""
    stack.names["FallbackModel"] = fallback
    stack.clock.now = NOW + 0.75
    stack.drop()
    stack.upstream.post_answers.append(refused(status))
    submit = stack.submit()
    slower: list[Any] = []
    buy = Purchase.buy

    def read_before(self: Purchase, drop: Any, order: Any, seconds_left: Any) -> Any:
        slower.append((drop, order))
        return buy(self, drop, order, seconds_left)

    with stack.monkeypatch.context() as patched:
        patched.setattr(Purchase, "buy", read_before)
        list(submit.handle(created("photo.jpg"), lambda: PLENTY))
    [(drop, order)] = slower

    assert submit.purchase.buy(drop, order, lambda: PLENTY) == ComeBack(
        1, "the drop was refused meanwhile, or asks for the fallback"
    )
    assert (len(stack.upstream.posts), stack.edit()["state"]) == (1, "RELEASED")
    assert stack.records("slot") == []


def test_a_drop_that_falls_back_lets_one_that_rests_have_its_slot_and_no_second(opted_in: Stack) -> None:
    for name, since in (("waiting", NOW - 1), ("younger", NOW)):
        opted_in.drops.record(name, NOW, {"image_key": "x.jpg"})
        opted_in.drops.park(name, "no_slot", "full", since)
    opted_in.upstream.post_answers.append(refused(404))
    opted_in.deliver(opted_in.drop())

    assert [sent["detail"] for sent in opted_in.sent_back()] == [{"drop_id": "waiting"}]


# ---- what is said and counted


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
def test_each_request_is_logged_with_its_outcome_and_what_became_of_the_drop(
    stack: Stack,
    caplog: pytest.LogCaptureFixture,
    answer: Scripted,
    outcome: str,
    task_id: str | None,
    more: list[tuple[str, float]],
) -> None:
    """The task's id stands in the log too: a home of last resort."""
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


def test_a_refused_request_whose_drop_cannot_be_ended_frees_its_claim(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(422))
    key = stack.drop()
    with stack.monkeypatch.context() as patched:
        patched.setattr(Drops, "refuse", broken)
        with pytest.raises(ConnectionError):
            stack.deliver(key)

    assert (stack.edit()["state"], stack.records("slot")) == ("RELEASED", [])


def broken(*_: object) -> None:
    raise ConnectionError
