"""A drop that the owner or the upstream must clear first is parked in the table: nothing held, nothing spent."""

import dataclasses
from unittest.mock import patch

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError

from depthdrop import aws
from depthdrop.inbox.message import Done, DropReleased
from depthdrop.records.drops import Drops
from depthdrop.records.parking import Parking
from depthdrop.upstream.key import UpstreamKey
from tests.support.acts import created, finish
from tests.support.aws import SECRET, Stack
from tests.support.scripted import KEY, NOW, Scripted, refused

BLOCKS: list[tuple[Scripted, str, int]] = [
    (refused(402), "balance_empty", 60),
    (refused(403, "your quota is used up"), "balance_empty", 60),
    (refused(403), "key_refused", 60),
    (refused(429), "upstream_busy", 30),
    (httpx.Response(429, headers={"retry-after": "77"}), "upstream_busy", 77),
    (httpx.Response(429, headers={"retry-after": "0"}), "upstream_busy", 30),
    (httpx.ConnectError("refused"), "upstream_unreachable", 60),
    (httpx.ConnectTimeout("slow"), "upstream_unreachable", 60),
]


@pytest.mark.parametrize(("answer", "reason", "seconds"), BLOCKS)
def test_a_blocked_drop_is_parked_and_its_slot_and_claim_are_freed(
    stack: Stack, answer: Scripted, reason: str, seconds: int
) -> None:
    stack.upstream.post_answers.append(answer)

    assert stack.deliver(stack.drop()) == [Done(f"parked: {reason}")]
    [drop] = stack.records("drop")
    assert (drop["parked"], drop["open"], drop["look_at"]) == (reason, "parked", NOW + seconds)
    assert (stack.edit()["state"], "open" in stack.edit()) == ("RELEASED", False)
    assert stack.records("slot") == stack.events() == []
    assert len(stack.upstream.posts) == 1


def test_an_unchanged_key_that_is_refused_is_tried_once(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(401))

    assert stack.deliver(stack.drop()) == [Done("parked: key_refused")]
    assert len(stack.upstream.posts) == 1


def test_a_rotated_key_posts_exactly_twice(stack: Stack) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    stack.set_key("sk-rotated")
    stack.upstream.post_answers.append(refused(401))
    settled = list(submit.handle(created(stack.drop()), lambda: 85.0))

    assert settled == [Done("submitted")]
    assert stack.upstream.keys_seen == [f"Bearer {KEY}", "Bearer sk-rotated"]


@pytest.mark.parametrize("code", [200, 400, 402, 404, 429])
def test_only_a_refused_key_makes_a_rotated_one_count(stack: Stack, code: int) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    stack.set_key("sk-rotated")
    if code != 200:
        stack.upstream.post_answers.append(refused(code))
    list(submit.handle(created(stack.drop()), lambda: 85.0))

    assert stack.upstream.keys_seen == [f"Bearer {KEY}"]


@pytest.mark.parametrize(("left", "posts"), [(30.0, 1), (31.0, 2)])
def test_a_rotated_key_is_tried_only_while_there_is_time_for_it(stack: Stack, left: float, posts: int) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    stack.set_key("sk-rotated")
    stack.upstream.post_answers.append(refused(401))
    list(submit.handle(created(stack.drop()), lambda: left if stack.upstream.posts else 85.0))

    assert len(stack.upstream.posts) == posts
    assert stack.upstream.posts[-1].extensions["timeout"]["read"] == (left if posts == 2 else 85.0) - 15


def test_a_rotated_key_that_is_refused_too_parks_after_the_second_post(stack: Stack) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    stack.set_key("sk-rotated")
    stack.upstream.post_answers.extend([refused(401), refused(401)])

    assert list(submit.handle(created(stack.drop()), lambda: 85.0)) == [Done("parked: key_refused")]
    assert len(stack.upstream.posts) == 2


def test_a_rotated_keys_second_post_may_be_ambiguous(stack: Stack) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    stack.set_key("sk-rotated")
    stack.upstream.post_answers.extend([refused(401), httpx.ReadTimeout("lost")])
    list(submit.handle(created(stack.drop()), lambda: 85.0))

    assert (stack.edit()["state"], len(stack.upstream.posts)) == ("AMBIGUOUS", 2)


@pytest.mark.parametrize("trouble", ["no such secret", "an empty secret"])
def test_a_refused_key_is_refused_even_when_reading_the_secret_fails(stack: Stack, trouble: str) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    if trouble == "an empty secret":
        stack.set_key(" ")
    else:
        aws.secretsmanager().delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)
    stack.upstream.post_answers.append(refused(401))

    assert list(submit.handle(created(stack.drop()), lambda: 85.0)) == [Done("parked: key_refused")]
    assert stack.edit()["state"] == "RELEASED"


def test_a_refused_key_is_refused_even_when_secrets_manager_cannot_be_reached(stack: Stack) -> None:
    submit = stack.submit()
    submit.purchase.key.current()
    stack.upstream.post_answers.append(refused(401))
    away = EndpointConnectionError(endpoint_url="https://secretsmanager")
    with patch.object(UpstreamKey, "refetched", side_effect=away):
        settled = list(submit.handle(created(stack.drop()), lambda: 85.0))

    assert settled == [Done("parked: key_refused")]
    assert stack.edit()["state"] == "RELEASED"


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 15), (0.5, 22), (1.0, 30)])
def test_busy_drops_come_back_at_different_times(stack: Stack, chance: float, seconds: int) -> None:
    submit = stack.submit()
    settlement = dataclasses.replace(submit.purchase.settlement, jitter=lambda: chance)
    purchase = dataclasses.replace(submit.purchase, settlement=settlement)
    stack.upstream.post_answers.append(refused(429))
    list(dataclasses.replace(submit, purchase=purchase).handle(created(stack.drop()), lambda: 85.0))
    [drop] = stack.records("drop")

    assert drop["look_at"] == NOW + seconds


def test_a_drop_waits_twice_as_long_each_time_the_upstream_was_busy_and_for_nothing_else(stack: Stack) -> None:
    full(stack)
    key = stack.drop()
    for _ in range(5):
        assert stack.deliver(key) == [Done("parked: no_slot")]
    for slot in stack.records("slot"):
        stack.table.delete(slot["pk"], "attribute_exists(pk)")
    waits = []
    for _ in range(3):
        stack.upstream.post_answers.append(refused(429))
        assert stack.deliver(key) == [Done("parked: upstream_busy")]
        [drop] = stack.records("drop")
        waits.append(drop["look_at"] - stack.clock())
        stack.clock.now = drop["look_at"]

    assert waits == [30, 60, 120]
    assert (drop["parked_times"], drop["busy_times"]) == (8, 3)


def test_without_a_key_the_drop_is_parked_before_anything_is_claimed(stack: Stack) -> None:
    stack.set_key("  ")

    assert stack.deliver(stack.drop()) == [Done("parked: key_refused")]
    assert (stack.records("edit"), stack.upstream.posts) == ([], [])
    assert "SetKeyCommand" in stack.records("drop")[0]["parked_message"]


def test_with_every_slot_taken_submit_waits_a_little_and_parks(stack: Stack) -> None:
    full(stack)

    assert stack.deliver(stack.drop()) == [Done("parked: no_slot")]
    assert stack.clock() == NOW + 4
    [drop] = stack.records("drop")
    assert (drop["parked"], drop["look_at"]) == ("no_slot", NOW + 4)
    assert drop["parked_message"] == "Every slot is taken."
    assert (stack.edit()["state"], stack.upstream.posts) == ("RELEASED", [])


def test_a_slot_that_frees_up_while_submit_waits_is_used(stack: Stack) -> None:
    full(stack)
    key = stack.drop()
    submit = stack.submit()

    def free_one(seconds: float) -> None:
        stack.clock.sleep(seconds)
        stack.slots().give_back("slot#00", "another")

    purchase = dataclasses.replace(submit.purchase, sleep=free_one)

    assert list(dataclasses.replace(submit, purchase=purchase).handle(created(key), lambda: 85.0)) == [
        Done("submitted")
    ]


def test_a_parked_drop_that_is_released_is_bought_and_no_longer_parked(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    [drop] = stack.records("drop")

    assert stack.deliver(DropReleased(drop["drop_id"])) == [Done("submitted")]
    [drop] = stack.records("drop")
    assert {"parked", "parked_message", "open", "look_at"}.isdisjoint(drop)


def test_a_parked_drop_is_not_hurried_by_its_other_event(stack: Stack) -> None:
    stack.upstream.post_answers.append(httpx.Response(429, headers={"retry-after": "60"}))
    stack.deliver(stack.drop())

    assert stack.deliver("photo.txt") == [Done("parked: its time has not come")]
    stack.clock.now += 61
    assert stack.deliver("photo.txt") == [Done("submitted")]


def test_a_parked_drop_whose_edit_another_drop_bought_gets_the_same_event(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    [parked] = stack.records("drop")
    stack.drop(at=NOW - 30)
    stack.deliver("photo.jpg")
    finish(stack)
    [event] = stack.events()

    assert stack.deliver(DropReleased(parked["drop_id"])) == [Done("the edit stands as SUCCEEDED")]
    assert [again["id"] for again in stack.events()] == [event["id"]]
    assert len(stack.upstream.posts) == 2
    assert all("parked" not in drop for drop in stack.records("drop"))


def test_a_parked_drop_whose_answer_is_lost_in_the_end_is_no_longer_parked(stack: Stack) -> None:
    stack.upstream.post_answers.extend([refused(429), httpx.ReadError("lost")])
    stack.deliver(stack.drop())
    stack.deliver(DropReleased(stack.records("drop")[0]["drop_id"]))

    assert "parked" not in stack.records("drop")[0]


def test_a_released_drop_whose_message_cannot_be_sent_is_due_again_later(stack: Stack) -> None:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    nowhere = Parking(Drops(stack.table), aws.sqs(), stack.names["InboxQueue"] + "-gone")
    with pytest.raises(aws.sqs().exceptions.QueueDoesNotExist):
        nowhere.release_due(NOW + 300, 1)

    assert stack.drops.due(NOW + 599, 10) == []
    assert len(stack.drops.due(NOW + 600, 10)) == 1


def full(stack: Stack) -> None:
    for number in range(20):
        lease = {"pk": f"slot#{number:02d}", "holder": "another", "lease_until": NOW + 900}
        stack.table.put(lease, "attribute_not_exists(pk)")
