"""Two drops of the same edit in flight at once: one is paid for, both are reported."""

import dataclasses

import httpx

from depthdrop.inbox.message import ComeBack, Done, DropReleased
from tests.support.acts import created, finish
from tests.support.aws import PLENTY, Stack
from tests.support.scripted import NOW, Scripted, refused


def second_drop_meanwhile(stack: Stack, answer: Scripted | None) -> list[object]:
    """While the first drop's POST is on its way, the same files are dropped again; what the second came to."""
    seen: list[object] = []

    def during(_: httpx.Request) -> httpx.Response:
        stack.drop(at=NOW - 30)
        seen.extend(stack.deliver("photo.jpg"))
        if isinstance(answer, Exception):
            raise answer
        assert not callable(answer)
        return answer or httpx.Response(200, json={"id": "task-1"})

    stack.upstream.post_answers.append(during)
    stack.deliver(stack.drop())
    return seen


def test_the_second_drop_waits_for_the_first_and_is_settled_by_it(stack: Stack) -> None:
    assert second_drop_meanwhile(stack, None) == [ComeBack(30, "another worker has the claim")]
    assert stack.deliver("photo.jpg") == [Done("the edit stands as SUBMITTED")]
    finish(stack)
    assert [event["type"] for event in stack.events()] == ["depthdrop.edit.succeeded.v1"]
    assert len(stack.upstream.posts) == 1


def test_when_the_first_drops_answer_is_lost_both_drops_are_reported(stack: Stack) -> None:
    second_drop_meanwhile(stack, httpx.ReadError("lost"))
    stack.deliver("photo.jpg")

    ids = [event["id"] for event in stack.events()]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert all(
        "notified_at" in drop or drop["drop_id"] == stack.edit()["drop_id"] for drop in stack.records("drop")
    )


def test_when_the_first_drop_is_refused_the_second_is_refused_by_itself(stack: Stack) -> None:
    second_drop_meanwhile(stack, refused(400))
    stack.upstream.post_answers.append(refused(400))
    stack.deliver("photo.jpg")

    events = stack.events()
    assert [event["type"] for event in events] == ["depthdrop.edit.rejected.v1"] * 2
    assert len({event["data"]["drop_id"] for event in events}) == 2


def test_when_the_first_drop_is_parked_the_second_may_buy_for_both(stack: Stack) -> None:
    second_drop_meanwhile(stack, refused(429))

    assert stack.deliver("photo.jpg") == [Done("submitted")]
    finish(stack)
    [parked] = [drop for drop in stack.records("drop") if "parked" in drop]
    stack.deliver(DropReleased(parked["drop_id"]))
    assert all("parked" not in drop for drop in stack.records("drop"))
    assert len({event["id"] for event in stack.events()}) == 1


def test_two_workers_that_both_saw_no_claim_pay_once(stack: Stack) -> None:
    key = stack.drop()
    submit = stack.submit()
    settled: list[object] = []

    def meanwhile() -> str:
        if not settled:
            settled.append("first")
            settled.extend(stack.deliver(key))
        return "0" * 32

    late = dataclasses.replace(submit, purchase=dataclasses.replace(submit.purchase, make_token=meanwhile))

    assert list(late.handle(created(key), lambda: PLENTY)) == [ComeBack(5, "another worker was faster")]
    assert settled == ["first", Done("submitted")]
    assert len(stack.upstream.posts) == 1


def test_a_worker_that_outlives_its_lease_does_not_post_and_takes_no_slot_away(stack: Stack) -> None:
    key = stack.drop()
    submit = stack.submit()
    took: list[object] = []
    take = type(submit.purchase.slots).take

    def slow_take(slots: object, *asked: object) -> object:
        """Between its claim and its slot this worker sleeps past its lease, and another does all the work."""
        if not took:
            took.append("slow")
            stack.clock.now += 151
            took.extend(stack.deliver(key))
        return take(slots, *asked)  # type: ignore[arg-type]

    stack.monkeypatch.setattr(type(submit.purchase.slots), "take", slow_take)

    assert stack.deliver(key) == [ComeBack(5, "the claim was lost before the POST")]
    assert took == ["slow", Done("submitted")]
    assert len(stack.upstream.posts) == 1
    [slot] = stack.records("slot")
    assert slot["lease_until"] == NOW + 151 + 3600 + 600


def test_another_prompt_is_another_edit(stack: Stack) -> None:
    stack.deliver(stack.drop())
    stack.drop(prompt="an oil painting", at=NOW)
    stack.deliver("photo.txt")

    assert len(stack.records("edit")) == len(stack.upstream.posts) == 2
